# What the probe adds to a tcp_recvmsg(); run by bench_probe.sh in the VM.
add_executable(bench_probe bench_probe.c)
target_link_libraries(bench_probe PRIVATE prof_headers prof_bus prof_flow prof_flags Threads::Threads)
set_target_properties(bench_probe PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
