#!/bin/sh
# Installs onekey from this folder, without a network: sudo ./install.sh
set -eu
cd "$(dirname "$0")"
sha256sum --quiet --check SHA256SUMS
dpkg -i ./*.deb || { echo "缺少依赖：先用系统安装盘装好列出的软件包 / install what is listed from your system's medium first" >&2; exit 1; }
install -d /usr/local/share/fonts/onekey
cp -n fonts/* /usr/local/share/fonts/onekey/ 2>/dev/null || true
onekey --version
echo "接着 / next: onekey site init /etc/onekey   (docs/install.md)"
