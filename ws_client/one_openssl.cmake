# SPDX-License-Identifier: BSD-2-Clause
# One process must have one OpenSSL: what libwebsockets makes (contexts, connections) is handed to
# our own calls of it.  A libwebsockets that was built with another one than ours links and
# starts, since the symbols have versions, and dies at the first TLS connection.

# What an ELF file says under a tag of its dynamic section (NEEDED, SONAME), if it names OpenSSL's
# libraries.
function(prof_openssl_names readelf file tag ret_names)
	execute_process(COMMAND ${readelf} -d ${file}
		OUTPUT_VARIABLE dynamic ERROR_QUIET)
	string(REGEX MATCHALL "\\(${tag}\\)[^\n]*\\[lib(ssl|crypto)\\.so[^]]*\\]" lines "${dynamic}")
	set(names)
	foreach(line ${lines})
		string(REGEX REPLACE ".*\\[(.*)\\]" "\\1" name "${line}")
		list(APPEND names ${name})
	endforeach()
	set(${ret_names} ${names} PARENT_SCOPE)
endfunction()

# prof_refuse_two_openssls("its libraries" "OpenSSL's libraries" readelf)
function(prof_refuse_two_openssls websockets openssl readelf)
	if(NOT readelf)
		message(STATUS "No readelf: whether libwebsockets needs another OpenSSL is not known")
		return()
	endif()
	foreach(library ${openssl})
		prof_openssl_names(${readelf} ${library} SONAME ours)
		string(REGEX REPLACE "[.]so.*" "" our_stem "${ours}")
		foreach(user ${websockets})
			prof_openssl_names(${readelf} ${user} NEEDED needed)
			foreach(theirs ${needed})
				string(REGEX REPLACE "[.]so.*" "" their_stem ${theirs})
				if(NOT their_stem STREQUAL our_stem OR theirs STREQUAL ours)
					continue()
				endif()
				# The blank in front keeps it on one line.
				message(FATAL_ERROR " cmake: OpenSSL: ${user} needs ${theirs}, and ${library} is ${ours}: "
					"one process would have both, and die at its first TLS connection: "
					"install the libssl-dev that libwebsockets was built with, or name it in PKG_CONFIG_PATH")
			endforeach()
		endforeach()
	endforeach()
endfunction()
