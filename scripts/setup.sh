#!/bin/sh
# Makes .venv with onekey in it, from the lock file. Called by `make setup`.
set -eu

fail() {
    printf '\n错误 error: %s\n  → %s\n' "$1" "$2" >&2
    exit 1
}

PYTHON=${PYTHON:-python3}
command -v "$PYTHON" >/dev/null 2>&1 || fail "没有 $PYTHON / $PYTHON is missing" "apt-get install python3 python3-venv"
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "$($PYTHON --version) 过旧，需 3.11 以上 / is too old, 3.11 or later is needed" "make PYTHON=python3.11 setup"
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "python3 缺少 venv / python3 lacks venv" "apt-get install python3-venv"

echo "准备 Python 环境（首次约 70 MB） / making the Python environment (about 70 MB the first time)"
rm -f .venv/ready
[ -x .venv/bin/python ] && .venv/bin/python -c '' 2>/dev/null || { rm -rf .venv; "$PYTHON" -m venv .venv; }
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements.lock ||
    fail "安装依赖失败 / installing the packages failed" "检查网络或代理后重试 / check network or proxy and run it again; what was fetched is kept"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e . ||
    fail "安装 onekey 失败 / installing onekey failed" "见上面的错误 / see the error above"
touch .venv/ready
echo "就绪 / ready: .venv/bin/onekey"
