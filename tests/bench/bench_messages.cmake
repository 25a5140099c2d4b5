# SPDX-License-Identifier: BSD-2-Clause
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET openssl)
add_executable(bench_messages messages/bench_messages.c messages/bench_messages_made.c bench.c)
target_link_libraries(bench_messages PRIVATE capture_messages prof_flow prof_flags
	PkgConfig::OPENSSL)
target_compile_definitions(bench_messages PRIVATE BENCH_BIN="${CMAKE_BINARY_DIR}/bin")
set_target_properties(bench_messages PROPERTIES
	RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
