# SPDX-License-Identifier: BSD-2-Clause
pkg_check_modules(LIBWEBSOCKETS REQUIRED IMPORTED_TARGET libwebsockets)
pkg_check_modules(OPENSSL REQUIRED IMPORTED_TARGET openssl)
add_executable(bench_client bench_client.c bench_client_server.c ${WS_OBJECTS})
target_link_libraries(bench_client PRIVATE ws_anchor feed_order ws_printable ws_proxy_talk ${CMAKE_DL_LIBS} feed wire ws_backoff prof_bus prof_flow prof_cli prof_flags
	PkgConfig::LIBWEBSOCKETS PkgConfig::OPENSSL)
# What is measured is wrapped, not changed.
target_link_options(bench_client PRIVATE -Wl,--wrap=publisher_event -Wl,--wrap=SSL_read_ex)
set_target_properties(bench_client PROPERTIES
	RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
