#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Fetches the charting library anew: update.sh [VERSION].  Only for a release
# that wants another version; the build itself needs neither npm nor a network.
set -eu
version=${1:-1.6.32}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm pack --silent "uplot@$version" >/dev/null
tar -xzf "uplot-$version.tgz"
cp package/dist/uPlot.iife.min.js package/dist/uPlot.min.css "$here"
cp package/LICENSE "$here/LICENSE.uPlot"
echo "uPlot $version"
