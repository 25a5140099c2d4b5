# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# Sourced by nic_layer.sh: takes a PCI adapter from its kernel driver for
# DPDK (vfio-pci) and gives it back.  What its interface was - name, addresses,
# routes - is written down first, set up again on the interface that
# dpdk_capture makes in its place, and once more on the adapter's own in the end.

pci_root=/sys/bus/pci
pci_address='' # taken; empty: none
pci_driver=''  # it had this driver; empty: none
pci_interface='' # and this interface; empty: none
pci_saved_addresses=()
pci_saved_routes=()

pci_complain() { echo "${program:-pci}: --inline $1: $2" >&2; return 1; }

pci_driver_of() {
	local link
	link=$(readlink "$pci_root/devices/$1/driver") && echo "${link##*/}"
}

# virtio's interfaces lie one step deeper than others'.
pci_interface_of() {
	local path
	for path in "$pci_root/devices/$1"/net/* "$pci_root/devices/$1"/virtio*/net/*; do
		[ ! -e "$path" ] || { echo "${path##*/}"; return; }
	done
}

# Prints the address in full (0000:00:03.0), or says why it cannot be taken.
pci_check() {
	local address=$1 interface
	[[ $address =~ ^[0-9a-fA-F]{4}: ]] || address=0000:$address
	address=${address,,}
	[ -e "$pci_root/devices/$address" ] ||
		{ pci_complain "$1" "there is no such device: lspci -D lists them"; return 1; }
	[[ $(cat "$pci_root/devices/$address/class") == 0x02* ]] ||
		{ pci_complain "$1" "is no network adapter"; return 1; }
	[ -e "$pci_root/devices/$address/iommu_group" ] ||
		{ pci_complain "$1" "no IOMMU guards it: switch it on in the firmware and boot with intel_iommu=on"; return 1; }
	interface=$(pci_interface_of "$address")
	if [ -n "$interface" ] && ip route show default | grep -q " dev $interface\( \|\$\)"; then
		pci_complain "$1" "the default route leaves by its interface $interface: take another"
		return 1
	fi
	echo "$address"
}

pci_bind() { # ADDRESS DRIVER
	echo "$2" >"$pci_root/devices/$1/driver_override" || return
	[ ! -e "$pci_root/devices/$1/driver" ] || echo "$1" >"$pci_root/devices/$1/driver/unbind" || return
	echo "$1" >"$pci_root/drivers_probe" || return
	[ "$(pci_driver_of "$1")" = "$2" ]
}

# A run that was killed outright could not give it back: its successor takes up
# what that one had written down.
pci_state_file() { echo "/run/ws_latency.pci.$1"; }

pci_remember() {
	local path
	path=$(pci_state_file "$1")
	if [ "$pci_driver" = vfio-pci ] && [ -f "$path" ]; then
		# shellcheck disable=SC1090 # written below
		. "$path"
	else
		declare -p pci_driver pci_interface pci_saved_addresses pci_saved_routes |
			sed 's/^declare -- /declare -g /; s/^declare -a /declare -ga /' >"$path"
	fi
}

# pci_take ADDRESS: from pci_check().  Once it has begun, pci_give_back() must follow.
pci_take() {
	local module
	for module in vfio_iommu_type1 vfio-pci vhost_net tun; do
		modprobe "$module" 2>/dev/null # built in, or the capture says what is missing
	done
	pci_driver=$(pci_driver_of "$1")
	pci_interface=$(pci_interface_of "$1")
	if [ -n "$pci_interface" ]; then
		mapfile -t pci_saved_addresses < <(ip -o addr show dev "$pci_interface" scope global |
			awk '{ print $4 }')
		mapfile -t pci_saved_routes < <(
			for family in -4 -6; do
				ip $family route show dev "$pci_interface" | grep -v 'proto kernel' |
					sed "s/^/$family route replace /; s/ linkdown\\|  *$//g"
			done)
	fi
	pci_remember "$1" || return
	pci_address=$1
	pci_bind "$1" vfio-pci || pci_complain "$1" "vfio-pci does not take it: dmesg says why"
}

# What the adapter's interface was, another becomes.
pci_set_up_interface() {
	local address route
	ip link set "$1" mtu 1500 up || return
	for address in "${pci_saved_addresses[@]}"; do
		ip addr replace "$address" dev "$1" || return
	done
	for route in "${pci_saved_routes[@]}"; do
		# shellcheck disable=SC2086 # its words are ip's
		ip $route dev "$1" || return
	done
}

# To its former driver, if it had one, with its interface as it was.
pci_give_back() {
	local address=$pci_address driver=$pci_driver interface tries=100
	[ -n "$address" ] || return 0
	pci_address=
	rm -f "$(pci_state_file "$address")"
	echo >"$pci_root/devices/$address/driver_override"
	[ ! -e "$pci_root/devices/$address/driver" ] ||
		echo "$address" >"$pci_root/devices/$address/driver/unbind"
	[ -n "$driver" ] || return 0
	echo "$address" >"$pci_root/drivers/$driver/bind" ||
		{ pci_complain "$address" "$driver does not take it back: dmesg says why"; return 1; }
	[ -n "$pci_interface" ] || return 0
	while interface=$(pci_interface_of "$address") && [ -z "$interface" ]; do
		[ $((tries -= 1)) -gt 0 ] ||
			{ pci_complain "$address" "is back with $driver, but its interface does not come"; return 1; }
		sleep 0.1
	done
	pci_set_up_interface "$interface" ||
		pci_complain "$address" "is back as $interface, but without its addresses or routes"
}
