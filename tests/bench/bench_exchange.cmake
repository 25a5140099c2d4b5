# SPDX-License-Identifier: BSD-2-Clause
if(TARGET exchange)
	pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET openssl)
	add_executable(bench_exchange bench_exchange.c)
	target_link_libraries(bench_exchange PRIVATE prof_headers prof_cli PkgConfig::OPENSSL
		prof_flags)
	target_compile_definitions(bench_exchange PRIVATE EXCHANGE="$<TARGET_FILE:exchange>")
	add_dependencies(bench_exchange exchange)
	set_target_properties(bench_exchange PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
endif()
