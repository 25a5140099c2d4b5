#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
#
# Runs one command in a small VM with a Debian kernel: for hosts whose own
# kernel cannot run the kernel layer, and for tests on other kernels.
set -euo pipefail

program=run_in_vm
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
usage_text="Usage: run_in_vm.sh [OPTION]... -- COMMAND [ARGUMENT]...

Runs COMMAND as root in a VM that sees this machine's files at the same paths,
in the current directory and with the same environment.  Whatever COMMAND
writes is thrown away, except what --collect or --rw keeps.  Its output comes as
it is written, its exit status becomes this script's; its standard input is empty.

  --kernel VERSION        Debian's kernel of that series: 5.10, 6.1 (the default),
                          6.12, 7.2, 7.3 or whatever else Debian has from 5.10 on,
                          or newest; fetched once, unpacked, never installed
  --boot OPTIONS          further options for the kernel, as preempt=full
  --collect DIR           keep what COMMAND writes to DIR: it finds an empty folder
                          there, in the VM's memory, whose files are copied to
                          DIR and compared when it has ended, however it ends
  --rw DIR                share DIR writable, at the same path, without caches
                          (no shared mappings of files); may be repeated
  --timeout SECONDS       stop COMMAND after so long (default: never)
  --grace SECONDS         how long COMMAND may take to end once it is interrupted
                          (default 30)
  --memory MB             memory of the VM (default 2048)
  --cpus N                processors of the VM (default 2)
  --hugepages N           reserve and mount N huge pages of 2 MB (default 0)
  --nic MODEL[,PROP=V]    an adapter (e1000e, virtio-net-pci, vmxnet3 ...) on a
                          hub that joins all of them, behind an IOMMU; may be
                          repeated
  --accel auto|kvm|tcg    auto (the default): kvm where the processor has it
  --cache DIR             where kernels are kept
                          (default \$XDG_CACHE_HOME/ws_latency or ~/.cache/ws_latency)
  --prepare               fetch and prepare the kernel, run nothing
  --verbose               say what is being done
  --help                  this text

Ctrl-C interrupts COMMAND; a second one switches the VM off.
Exit status: COMMAND's; 124 if it was stopped by --timeout; 125 if the VM could
not be run or what was to be collected is not whole; 2 for a wrong command line."

complain() {
	echo "$program: $*" >&2
}

die() {
	complain "$*"
	exit 125
}

usage_error() {
	complain "$*: see --help"
	exit 2
}

say() {
	[[ $is_verbose == no ]] || complain "$*"
}

# ---- Command line --------------------------------------------------------

arguments=("$@")
# How often it was tried before; COMMAND is not to see it.
again_count=${PROF_VM_AGAIN:-0}
unset PROF_VM_AGAIN
kernel=6.1
boot_options=
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/ws_latency
memory_mb=2048
cpu_count=2
timeout_s=0
grace_s=30
hugepage_count=0
accel=auto
is_verbose=no
is_prepare=no
nics=()
collect=
rw_dirs=()
command=()

need_number() {
	[[ $2 =~ ^[1-9][0-9]{0,6}$ ]] || usage_error "$1 '$2' is not a whole number from 1"
}

while (($#)); do
	case $1 in
	--kernel | --boot | --cache | --memory | --cpus | --timeout | --grace | --hugepages | --nic | --collect | --rw | --accel)
		(($# >= 2)) || usage_error "$1 needs a value"
		;;
	esac
	case $1 in
	--help) echo "$usage_text"; exit 0 ;;
	--kernel) kernel=$2; shift ;;
	--boot) boot_options=$2; shift ;;
	--cache) cache=$2; shift ;;
	--memory) need_number "$1" "$2"; memory_mb=$2; shift ;;
	--cpus) need_number "$1" "$2"; cpu_count=$2; shift ;;
	--timeout) need_number "$1" "$2"; timeout_s=$2; shift ;;
	--grace) need_number "$1" "$2"; grace_s=$2; shift ;;
	--hugepages) need_number "$1" "$2"; hugepage_count=$2; shift ;;
	--nic) nics+=("$2"); shift ;;
	--collect)
		[[ -d $2 && -w $2 ]] || usage_error "--collect '$2': no directory that can be written"
		[[ -z $collect ]] || usage_error "--collect: given twice"
		collect=$(cd "$2" && pwd -P)
		shift
		;;
	--rw)
		[[ -d $2 ]] || usage_error "--rw '$2': no such directory"
		rw_dirs+=("$(cd "$2" && pwd -P)")
		shift
		;;
	--accel) accel=$2; shift ;;
	--prepare) is_prepare=yes ;;
	--verbose) is_verbose=yes ;;
	--) shift; command=("$@"); break ;;
	*) usage_error "'$1': unknown option, or COMMAND without -- before it" ;;
	esac
	shift
done
"$here/is_kernel_series.sh" "$kernel" ||
	usage_error "--kernel '$kernel' is not a series of kernels from 5.10 on, as 6.1, or newest"
[[ $accel =~ ^(auto|kvm|tcg)$ ]] || usage_error "--accel '$accel' is not auto, kvm or tcg"
((${#command[@]})) || [[ $is_prepare == yes ]] || usage_error "no COMMAND"

# ---- What this machine must have -------------------------------------------

need_program() {
	command -v "$1" >/dev/null || die "$1: not installed: apt-get install $2"
}

PATH=$PATH:/usr/sbin:/sbin
[[ $(uname -m) == x86_64 ]] || die "this machine is $(uname -m): only x86_64 is supported"
need_program qemu-system-x86_64 qemu-system-x86
need_program busybox busybox-static
need_program modprobe kmod
need_program apt-get apt
need_program setpriv util-linux
busybox=$(command -v busybox)
! ldd "$busybox" >/dev/null 2>&1 ||
	die "$busybox: needs shared libraries: apt-get install busybox-static"
if [[ $accel == auto ]]; then
	# Some hosts offer a /dev/kvm that cannot run a guest: ask the processor too.
	accel=tcg
	if [[ -w /dev/kvm ]] && grep -qE '^flags.*\b(vmx|svm)\b' /proc/cpuinfo; then
		accel=kvm
	fi
fi

# ---- Kernel and initramfs, kept in the cache -------------------------------

# Which series is the newest: asked once a day, and what was known last without a network.
find_newest() {
	local known=$cache/newest

	if [[ ! $(find "$known" -mtime -1 2>/dev/null) ]]; then
		"$here/fetch_kernel.sh" --newest "$cache/none" >"$known.new" && mv "$known.new" "$known"
		rm -f "$known.new"
	fi
	[[ -s $known ]] || die "--kernel newest: cannot be found out: see above: or name one"
	kernel=$(<"$known")
}

prepare() {
	local key

	mkdir -p "$cache" || die "$cache: cannot be created: name another one with --cache"
	cache=$(cd "$cache" && pwd -P)
	exec {lock}>"$cache/lock"
	flock "$lock"
	[[ $kernel != newest ]] || find_newest
	kernel_dir=$cache/kernel-$kernel
	if [[ ! -d $kernel_dir ]]; then
		complain "fetching Debian's kernel $kernel, about 100 MB, into $kernel_dir"
		"$here/fetch_kernel.sh" "$kernel" "$kernel_dir" ||
			die "no kernel $kernel: see above"
	fi
	key=$(cat "$here"/{make_initramfs,guest_boot,guest_main}.sh "$busybox" | cksum)
	initramfs=$kernel_dir/initramfs-${key%% *}
	if [[ ! -f $initramfs ]]; then
		say "making $initramfs"
		rm -rf "$kernel_dir"/initramfs-*
		"$here/make_initramfs.sh" "$kernel_dir" "$busybox" "$initramfs" ||
			die "$initramfs: cannot be made"
	fi
	# A running VM may outlive the file's name, so it gets a copy of its own.
	[[ $is_prepare == yes ]] || cp "$initramfs" "$run_dir/initrd"
	exec {lock}>&-
}

# ---- The job: what the guest is to do ------------------------------------

write_job() {
	local job=$run_dir/root/job number

	mkdir -p "$job"
	for number in "${!rw_dirs[@]}"; do
		printf '%s\n' "${rw_dirs[number]}" >"$job/rw$number"
	done
	[[ -z $collect ]] || printf '%s\n' "$collect" >"$job/collect"
	{
		printf 'kernel_tree=%q\n' "$kernel_dir/tree"
		printf 'hugepage_count=%s\nrw_count=%s\n' "$hugepage_count" "${#rw_dirs[@]}"
	} >"$job/settings"
	{
		export -p
		printf 'cd -- %q || exit 125\n' "$PWD"
		printf 'umask %s\n' "$(umask)"
		printf 'exec'
		printf ' %q' "${command[@]}"
		printf '\n'
	} >"$job/command"
	# The kernel unpacks archives that follow each other.
	(cd "$run_dir/root" && find job | "$busybox" cpio -o -H newc) >>"$run_dir/initrd" 2>/dev/null
}

# ---- The VM --------------------------------------------------------------

# Commas separate QEMU's properties; doubled ones are meant.
quoted() {
	printf '%s' "${1//,/,,}"
}

# share TAG DIR: DIR, writable, is what the guest mounts by TAG.
share() {
	qemu+=(-fsdev "local,id=$1,path=$(quoted "$2"),security_model=none,multidevs=remap"
		-device "virtio-9p-pci,fsdev=$1,mount_tag=$1")
}

build_qemu_arguments() {
	local number append

	# A kernel that has oopsed is not to be measured on.
	append="console=ttyS0 quiet panic=-1 oops=panic nowatchdog random.trust_cpu=on"
	# Emulated processors need no mitigations; their TSC is one for all, but
	# the kernel would distrust it and read slow timers instead.
	[[ $accel == kvm ]] || append+=" mitigations=off tsc=reliable no_timer_check"
	qemu=(qemu-system-x86_64 -name "$program" -nodefaults -no-user-config -display none
		-no-reboot -m "$memory_mb" -smp "$cpu_count"
		-kernel "$kernel_dir/vmlinuz" -initrd "$run_dir/initrd"
		-serial "file:$run_dir/console"
		-device virtio-rng-pci
		-fsdev "local,id=root,path=/,security_model=none,readonly=on,multidevs=remap"
		-device virtio-9p-pci,fsdev=root,mount_tag=root)
	if [[ $accel == kvm ]]; then
		qemu+=(-accel kvm -cpu host -machine q35,kernel-irqchip=split)
	else
		qemu+=(-accel tcg,thread=multi -cpu max -machine q35)
	fi
	for number in "${!rw_dirs[@]}"; do
		share "rw$number" "${rw_dirs[number]}"
	done
	[[ -z $collect ]] || share collect "$collect"
	qemu+=(-device virtio-serial-pci
		-chardev "pipe,id=control,path=$run_dir/control"
		-device virtserialport,chardev=control,nr=1
		-chardev "file,id=out,path=$run_dir/out"
		-device virtserialport,chardev=out,nr=2
		-chardev "file,id=err,path=$run_dir/err"
		-device virtserialport,chardev=err,nr=3
		-chardev "file,id=sums,path=$run_dir/sums"
		-device virtserialport,chardev=sums,nr=4)
	if ((${#nics[@]})); then
		append+=" intel_iommu=on"
		qemu+=(-device intel-iommu,intremap=on,caching-mode=on)
	fi
	for number in "${!nics[@]}"; do
		qemu+=(-netdev "hubport,id=nic$number,hubid=0"
			-device "${nics[number]},netdev=nic$number")
	done
	qemu+=(-append "$append $boot_options")
}

is_running() {
	kill -0 "$1" 2>/dev/null
}

cleanup() {
	[[ -z ${qemu_pid:-} ]] || ! is_running "$qemu_pid" || kill -KILL "$qemu_pid" 2>/dev/null || :
	wait 2>/dev/null || : # the readers end with it, having shown everything
	rm -rf "$run_dir"
}

# A kernel that rewrites its own code puts a breakpoint there meanwhile.  QEMU's emulated
# processors sometimes run that breakpoint when it is gone from memory, and the kernel, which
# knows nothing of it, stops: "Oops: int3" at an address that has none any more (seen with QEMU
# 7.2.22 and thread=multi on Linux 7.3.4, both processors within 10 ms; on a busy machine twice in a row).
# Linux 6.1 runs the instruction again, for good, as it takes it for one just restored: the VM stands still
# (seen through QEMU's gdb stub: both processors in that handler, interrupts off, for one address of a
# static branch, the same each time; in memory a jmp lies there).
is_emulators_fault() {
	[[ $accel == tcg ]] && { is_silent || grep -q 'Oops: int3' "$run_dir/console"; }
}

# The guest says every 10 s that it is alive.  What counts is how often it was listened to: a host that
# slept meanwhile, or this script, has heard nothing either.
is_silent() {
	[[ $accel == tcg && $phase != boot ]] && ((unheard_count >= 2 * silent_s))
}

# Failure of the VM itself: the kernel's messages say why.
vm_failed() {
	if [[ $again_count -lt 3 ]] && is_emulators_fault; then
		complain "$*: the emulator ran a breakpoint that was gone: running the command again, from its start"
		cleanup
		PROF_VM_AGAIN=$((again_count + 1)) exec "$BASH" "${BASH_SOURCE[0]}" "${arguments[@]}"
	fi
	complain "$*"
	if [[ -s $run_dir/console ]]; then
		complain "the VM's console ended with:"
		# Without the stack and the registers of a panic.
		tr -d '\r' <"$run_dir/console" | grep -vE '\]  |R[A-Z0-9]{2}: ' | tail -n 25 |
			sed 's/^/  /' >&2
	fi
	[[ ! -s $run_dir/qemu ]] || sed 's/^/  /' "$run_dir/qemu" >&2
	exit 125
}

interrupt() {
	interrupt_count=$((interrupt_count + 1))
	[[ -n $phase ]] || exit 130
	if ((interrupt_count > 1)); then
		complain "switched off${collect:+: what was to be collected in $collect is lost}"
		exit 130
	fi
	[[ $phase != collect ]] || return 0
	stop_command "stopped by a signal, but still running after $grace_s s: switched off" 130
}

# stop_command WHY STATUS: SIGINT for the command; if it has not ended in time,
# WHY is said and STATUS returned.
stop_command() {
	# <>: opening for writing only would wait for a reader that may have gone.
	echo int 1<>"$run_dir/control.in"
	kill_at_s=$((SECONDS + grace_s))
	kill_reason=$1
	kill_status=$2
}

# What the guest has copied, as it lies here, must be what COMMAND had written:
# its sums came by another way.
check_collected() {
	local word count text wrong

	[[ -n $collect ]] || return 0
	read -r word count text <<<"$collected"
	if [[ $word != collected ]] || [[ $(wc -l <"$run_dir/sums") != "$count" ]]; then
		complain "--collect $collect: not copied from the VM to the end${text:+: $text}"
		return 1
	fi
	[[ $count != 0 ]] || return 0
	wrong=$(cd "$collect" && sha256sum --check --strict --quiet "$run_dir/sums" 2>/dev/null) && return
	complain "--collect $collect: not as it was in the VM:" \
		"$(sed 's/: FAILED.*//' <<<"$wrong" | head -n 3 | paste -sd ' ')${text:+: $text}"
	return 1
}

# It has had its time.  What it has written so far is worth having all the same.
switch_off() {
	complain "$kill_reason"
	[[ -n $collect && $phase == running && -z $killed_status ]] || exit "$kill_status"
	killed_status=$kill_status
	echo kill 1<>"$run_dir/control.in"
	kill_at_s=$((SECONDS + grace_s))
	kill_reason="not even killed: what was to be collected in $collect is lost"
}

run_vm() {
	local word='' begun='' status='' collected=''

	phase=boot
	: >"$run_dir/out"
	: >"$run_dir/err"
	mkfifo "$run_dir/control.in" "$run_dir/control.out"
	exec {control}<>"$run_dir/control.out"
	say "starting Debian $(cat "$kernel_dir/release") under $accel"
	# Its own session: a terminal's Ctrl-C must not reach it.  And should this
	# script be killed, the VM goes with it.
	setsid setpriv --pdeathsig KILL "${qemu[@]}" </dev/null >"$run_dir/qemu" 2>&1 &
	qemu_pid=$!
	tail -q -c +1 -s 0.1 --pid="$qemu_pid" -f "$run_dir/out" &
	tail_pids+=($!)
	tail -q -c +1 -s 0.1 --pid="$qemu_pid" -f "$run_dir/err" >&2 &
	tail_pids+=($!)

	kill_at_s=$((SECONDS + boot_s))
	kill_reason="the VM has not started within $boot_s s"
	kill_status=125
	while [[ -z $status ]]; do
		if read -r -t 0.5 -u "$control" word; then
			word=$begun$word
			begun=
			unheard_count=0
			case $word in
			up)
				phase=running
				kill_at_s=0
				((interrupt_count == 0)) || stop_command "$kill_reason" 130
				;;
			# Interrupted or not, what follows takes as long as it takes.
			ended)
				phase=collect
				kill_at_s=$((SECONDS + collect_s))
				kill_reason="the VM does not end within $collect_s s${collect:+: $collect is not whole}"
				kill_status=125
				;;
			collected\ *) collected=$word ;;
			exit\ *) status=${word#exit } ;;
			esac
			continue
		fi
		begun+=$word # the time was over in the middle of one
		unheard_count=$((unheard_count + 1))
		is_running "$qemu_pid" || vm_failed "the VM ended without running the command to its end"
		! is_silent || vm_failed "the VM has stood still for $silent_s s"
		if ((kill_at_s && SECONDS >= kill_at_s)); then
			[[ $phase != boot ]] || vm_failed "$kill_reason"
			switch_off
		fi
		if ((timeout_s && SECONDS >= timeout_s && !is_timed_out)) && [[ $phase == running ]]; then
			is_timed_out=1
			complain "$timeout_s s are over (--timeout): interrupting ${command[0]}"
			stop_command "still running after $grace_s s more: switched off" 124
		fi
		# Nobody reads the output any more, as after "| head".
		if ! is_running "${tail_pids[0]}" && ((!interrupt_count)); then
			interrupt_count=1
			stop_command "nobody reads the output: switched off" 141
		fi
	done

	# It switches itself off; the readers end with it, after the last byte.
	for ((word = 0; word < 100; word++)); do
		is_running "$qemu_pid" || break
		sleep 0.1
	done
	! is_running "$qemu_pid" || kill -KILL "$qemu_pid"
	wait "${tail_pids[@]}" || :
	((!is_timed_out)) || status=124
	[[ -z $killed_status ]] || status=$killed_status
	check_collected || status=125
	return "$status"
}

boot_s=180
silent_s=${PROF_VM_SILENT_S:-120}
unheard_count=0 # times of half a second
collect_s=120
phase= # boot, running, collect
killed_status=
interrupt_count=0
is_timed_out=0
tail_pids=()
run_dir=$(mktemp -d "${TMPDIR:-/tmp}/ws_latency_vm.XXXXXX")
trap cleanup EXIT
trap interrupt INT TERM HUP
prepare
[[ $is_prepare == no ]] || exit 0
write_job
build_qemu_arguments
SECONDS=0
run_vm
