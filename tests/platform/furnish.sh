#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# furnish.sh SUITE: inside a fresh Debian, installs what .ci/packages.txt lists for building,
# running and testing.
set -eu
. /mnt/.ci/packages.sh
suite=$1
apt-get update
apt-get -y dist-upgrade
[ "$suite" != experimental ] || apt-get install -y --no-install-recommends -t experimental \
	libssl-dev libwebsockets-dev openssl
packages_install furnish build run test
apt-get clean
