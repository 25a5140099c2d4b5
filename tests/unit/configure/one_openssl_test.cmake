# SPDX-License-Identifier: BSD-2-Clause
# Libraries with the names of OpenSSL 3's and 4's, and libraries that need the one or the other:
# only the pair that would put both into one process is refused, in one line.
#
# Run with WEBSOCKETS, it is what it tests itself with: the refusal of those.
include(${CMAKE_CURRENT_LIST_DIR}/../../../ws_client/one_openssl.cmake)
if(WEBSOCKETS)
	prof_refuse_two_openssls("${WEBSOCKETS}" "${OPENSSL}" ${READELF})
	return()
endif()

# make(file name-in-it needed...): a shared library of nothing.
function(make file soname)
	get_filename_component(folder ${FOLDER}/${file} DIRECTORY)
	file(MAKE_DIRECTORY ${folder})
	execute_process(COMMAND ${COMPILER} -shared -nostdlib -Wl,-soname,${soname} -Wl,--no-as-needed
		-o ${FOLDER}/${file} -x c /dev/null -x none ${ARGN} WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE result)
	if(NOT result EQUAL 0)
		message(FATAL_ERROR "FAIL: ${file}: cannot be made")
	endif()
endfunction()

# expect(yes|no websockets OpenSSL's version)
function(expect is_refused websockets version)
	execute_process(COMMAND ${CMAKE_COMMAND} -DREADELF=${READELF} -DWEBSOCKETS=${websockets}
		-DOPENSSL=${version}/libssl.so\;${version}/libcrypto.so -P ${CMAKE_CURRENT_LIST_FILE}
		WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE result ERROR_VARIABLE said)
	string(REGEX MATCH "\n *cmake: OpenSSL: [^\n]* needs lib[^\n]*: install [^\n]*\n" line "${said}")
	if(is_refused AND (result EQUAL 0 OR NOT line))
		message(FATAL_ERROR "FAIL: not refused in one line: ${websockets} ${version}: ${said}")
	elseif(NOT is_refused AND NOT result EQUAL 0)
		message(FATAL_ERROR "FAIL: refused: ${websockets} ${version}: ${said}")
	endif()
	message(STATUS "ok: refused: ${is_refused}: ${websockets} with OpenSSL ${version}")
endfunction()

file(REMOVE_RECURSE ${FOLDER})
foreach(version 3 4)
	foreach(stem ssl crypto)
		make(${version}/lib${stem}.so lib${stem}.so.${version})
	endforeach()
	make(websockets${version}.so libwebsockets.so.19 ${version}/libssl.so ${version}/libcrypto.so)
	make(crypto_only${version}.so libwebsockets.so.19 ${version}/libcrypto.so)
endforeach()
make(none.so libwebsockets.so.19)

expect(no websockets3.so 3)
expect(no websockets4.so 4)
expect(yes websockets3.so 4)
expect(yes websockets4.so 3)
expect(yes crypto_only3.so 4)
expect(no none.so 4)
expect(no none.a 4) # there is no such file: nothing is known of it
