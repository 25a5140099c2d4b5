# SPDX-License-Identifier: BSD-2-Clause
add_executable(bench_correlator bench_correlator.c)
target_link_libraries(bench_correlator PRIVATE corr_run prof_flow prof_flags)
set_target_properties(bench_correlator PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
