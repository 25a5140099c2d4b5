# SPDX-License-Identifier: BSD-2-Clause
# What is installed beside the programs, and the Debian packages:
#
#   cmake --install build            into the prefix
#   (cd build && cpack -G DEB)       ws-latency_*.deb and ws-latency-dev_*.deb

# The script, with what it sources, runs from a folder of its own as it does from the tree.
set(script_folder ${CMAKE_INSTALL_DATADIR}/ws_latency)
install(PROGRAMS run_profiler.sh DESTINATION ${script_folder})
foreach(part .ci/packages.sh .ci/packages.txt shm/parts.sh exchange/embedded.sh exchange/netns.sh
		dpdk_capture/nic_layer.sh dpdk_capture/pci_handover.sh ebpf_loader/kernel_layer.sh
		ws_client/user_layer.sh ws_client/foreign_client.sh correlator/results.sh)
	get_filename_component(folder ${part} DIRECTORY)
	install(FILES ${part} DESTINATION ${script_folder}/${folder})
endforeach()
install(PROGRAMS correlator/service.sh DESTINATION ${script_folder}/correlator)
install(PROGRAMS correlator/fleet_load.sh DESTINATION ${script_folder}/correlator)
install(PROGRAMS correlator/flight.sh DESTINATION ${script_folder}/correlator)
# Units name programs where a package has them; none is started by installing it.
install(DIRECTORY docs/systemd/ DESTINATION lib/systemd/system FILES_MATCHING PATTERN "*.service")
install(PROGRAMS ebpf_loader/check_host.sh DESTINATION ${script_folder}/ebpf_loader)
install(DIRECTORY ebpf/vm/ DESTINATION ${script_folder}/ebpf/vm
	USE_SOURCE_PERMISSIONS FILES_MATCHING PATTERN "*.sh")
file(RELATIVE_PATH script_link /${CMAKE_INSTALL_SBINDIR} /${script_folder}/run_profiler.sh)
file(CREATE_LINK ${script_link} ${CMAKE_BINARY_DIR}/run_profiler.sh SYMBOLIC)
install(FILES ${CMAKE_BINARY_DIR}/run_profiler.sh DESTINATION ${CMAKE_INSTALL_SBINDIR})
install(FILES docs/run_profiler.sh.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)

# Completion in bash, from what the programs say of themselves; one file under every name.
if(NOT CMAKE_CROSSCOMPILING)
	set(completed websocket_client ebpf_loader dpdk_capture event_correlator exchange bus_stat)
	set(completion ${CMAKE_BINARY_DIR}/bash-completion/run_profiler.sh)
	set(make_completion ${CMAKE_CURRENT_SOURCE_DIR}/shm/cli/completion.sh)
	file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/bash-completion)
	list(TRANSFORM completed REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE completed_files)
	add_custom_command(OUTPUT ${completion}
		COMMAND sh ${make_completion} ${completed_files}
			${CMAKE_CURRENT_SOURCE_DIR}/run_profiler.sh > ${completion}.new
		COMMAND ${CMAKE_COMMAND} -E rename ${completion}.new ${completion}
		DEPENDS ${completed} ${make_completion} run_profiler.sh
		COMMENT "Making the completion of command lines" VERBATIM)
	add_custom_target(completion ALL DEPENDS ${completion})
	set(completion_folder ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
	install(FILES ${completion} DESTINATION ${completion_folder})
	foreach(program ${completed})
		set(link ${CMAKE_BINARY_DIR}/bash-completion/${program})
		file(CREATE_LINK run_profiler.sh ${link} SYMBOLIC)
		install(FILES ${link} DESTINATION ${completion_folder})
	endforeach()
endif()

# Policy: manual pages are compressed; the changelog and the licence stand in doc/PACKAGE.
set(doc_programs ${CMAKE_INSTALL_DATADIR}/doc/ws-latency)
set(doc_dev ${CMAKE_INSTALL_DATADIR}/doc/ws-latency-dev)
set(changelog ${CMAKE_BINARY_DIR}/changelog.gz)
add_custom_command(OUTPUT ${changelog}
	COMMAND gzip -9nc ${CMAKE_CURRENT_SOURCE_DIR}/docs/changelog > ${changelog}
	DEPENDS docs/changelog VERBATIM)
add_custom_target(changelog ALL DEPENDS ${changelog})
install(FILES ${changelog} DESTINATION ${doc_programs})
install(FILES ${changelog} DESTINATION ${doc_dev} COMPONENT dev)
install(FILES docs/copyright DESTINATION ${doc_programs})
install(FILES docs/copyright DESTINATION ${doc_dev} COMPONENT dev)
install(FILES README.md DESTINATION ${doc_programs})
install(DIRECTORY docs/fleet docs/grafana docs/prometheus DESTINATION ${doc_programs})
install(CODE "
	foreach(page man1/bus_stat.1 man1/event_correlator.1 man1/exchange.1
			man1/websocket_client.1 man8/dpdk_capture.8 man8/ebpf_loader.8
			man8/run_profiler.sh.8)
		execute_process(COMMAND gzip -9nf
			\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_MANDIR}/\${page})
	endforeach()")

# DPDK's drivers are plugins, which no library dependency names.
function(package_of_plugins ret_packages)
	set(packages)
	foreach(plugin ${ARGN})
		file(GLOB files /usr/lib/*/dpdk/pmds-*/librte_${plugin}.so.*)
		foreach(file ${files})
			execute_process(COMMAND dpkg-query -S ${file} OUTPUT_VARIABLE owner ERROR_QUIET)
			string(REGEX MATCH "^[a-z0-9.+-]+" package "${owner}")
			list(APPEND packages ${package})
		endforeach()
	endforeach()
	list(REMOVE_DUPLICATES packages)
	list(JOIN packages ", " packages)
	set(${ret_packages} ${packages} PARENT_SCOPE)
endfunction()
package_of_plugins(plugins bus_vdev bus_pci mempool_ring net_af_packet net_tap net_virtio)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ws-latency)
set(CPACK_PACKAGE_VENDOR "ws_latency")
set(CPACK_PACKAGE_CONTACT "ws_latency maintainers <maintainers@ws-latency.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "where market-data latency goes: NIC, kernel, application")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL programs dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_NAME ws-latency)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_DEPENDS "${plugins}")
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_RECOMMENDS
	"librte-meta-net, iproute2, ethtool, procps")
set(CPACK_DEBIAN_PROGRAMS_DESCRIPTION "Stamps WebSocket messages at the network card, at the kernel's tcp_recvmsg()
and in the application, on one clock, and joins the three byte by byte, so
that every message has a line that says where its time was spent.")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME ws-latency-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_DESCRIPTION "Headers and archives for programs that publish on the shared-memory bus of
ws-latency, or read it.")
find_program(SHLIBDEPS dpkg-shlibdeps)
if(SHLIBDEPS)
	set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SHLIBDEPS ON)
endif()
include(CPack)
