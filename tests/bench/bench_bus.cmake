# The bus beside its peers, and what an event costs.

# prof_add_bus_bench(name sources...)
function(prof_add_bus_bench name)
	add_executable(${name} ${ARGN} bench.c)
	target_link_libraries(${name} PRIVATE prof_bus prof_cli prof_flags)
	set_target_properties(${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
endfunction()

prof_add_bus_bench(bench_event bench_event.c)
prof_add_bus_bench(bench_distance ring/bench_distance.c)

pkg_check_modules(CK IMPORTED_TARGET ck)
pkg_check_modules(BENCH_DPDK IMPORTED_TARGET libdpdk)
if(NOT CK_FOUND OR NOT BENCH_DPDK_FOUND)
	message(STATUS "bench_ring is left out: it needs libck-dev and dpdk-dev")
	return()
endif()
prof_add_bus_bench(bench_ring ring/bench_ring.c ring/ring_results.c ring/ring_lanes.c ring/ring_vyukov.c ring/ring_ck.c
	ring/ring_rte.c)
target_link_libraries(bench_ring PRIVATE PkgConfig::CK PkgConfig::BENCH_DPDK)
# What other people's headers need of the language.
set_source_files_properties(ring/ring_ck.c ring/ring_rte.c PROPERTIES COMPILE_OPTIONS
	"-std=gnu11;-Wno-pedantic;-Wno-conversion")
