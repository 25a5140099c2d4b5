# What the probe adds to a tcp_recvmsg(); run by bench_probe.sh in the VM.
add_executable(bench_probe bench_probe.c)
target_link_libraries(bench_probe PRIVATE prof_headers prof_bus prof_flow prof_flags Threads::Threads)
set_target_properties(bench_probe PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)

# Programs that do nothing, to tell the filter's cost from that of being probed at all.
add_custom_command(
	OUTPUT ${CMAKE_BINARY_DIR}/tests/bench_probe_empty.bpf.o
	COMMAND ${PROF_CLANG} -target bpf -O2 -g -Wall -Wno-unused-parameter -Werror
		-I/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
		-c ${CMAKE_CURRENT_LIST_DIR}/bench_probe_empty.bpf.c
		-o ${CMAKE_BINARY_DIR}/tests/bench_probe_empty.bpf.o
	DEPENDS ${CMAKE_CURRENT_LIST_DIR}/bench_probe_empty.bpf.c
	COMMENT "BPF object bench_probe_empty.bpf.o"
	VERBATIM)
add_custom_target(bench_probe_empty_object ALL
	DEPENDS ${CMAKE_BINARY_DIR}/tests/bench_probe_empty.bpf.o)
pkg_check_modules(LIBBPF REQUIRED IMPORTED_TARGET libbpf>=1.1)
add_executable(bench_probe_empty bench_probe_empty.c)
target_link_libraries(bench_probe_empty PRIVATE prof_headers prof_flags PkgConfig::LIBBPF)
set_target_properties(bench_probe_empty PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
