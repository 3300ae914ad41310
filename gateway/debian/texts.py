"""Texts for people of ``debian``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import Template, both, template

# apt
THIS_DISTRIBUTION = both("本机发行版", "this machine's distribution")
READING_ITS_PACKAGE_LISTS = template("读取 {name} 软件目录（约 10 MB）", "reading its package lists (about 10 MB)")
MIRROR_IS_STALE = both(
    "软件源的目录已过期，仍用（签名照常校验）", "the mirror is stale, used all the same (signatures checked)"
)
NAME_LACKS_PACKAGES = template("{name} 里没有 {packages}", "{name} lacks {packages}")
TRY_LATER = both("稍后再试，或设置 ONEKEY_DEBIAN_SUITE", "try later, or set ONEKEY_DEBIAN_SUITE")
CHECK_THE_SOURCES_OF_THIS_DISTRIBUTION = both(
    "检查 /etc/apt 中本发行版的软件源", "check the sources of this distribution in /etc/apt"
)
PACKAGE_SOURCE = Template("{package} 源码 source")
HAVE_ALREADY = Template("（已有 have {here:.0f} MB）")
DOWNLOADING = template("下载 {what}", "downloading {what}: {wanted_count} files, {total:.0f} MB{kept}")
ARCHIVES_SIGNATURE_CANNOT_BE_VERIFIED = both(
    "软件源的签名无法验证，不会使用", "the archive's signature cannot be verified, so it is not used"
)
UPDATE_THE_PACKAGE_DEBIAN_ARCHIVE_KEYRING = both(
    "更新 debian-archive-keyring 软件包后重试", "update the package debian-archive-keyring and try again"
)
DISK_IS_FULL = both("磁盘已满", "the disk is full")
FREE_ABOUT_500_MB = both("腾出约 500 MB，或设置 ONEKEY_CACHE", "free about 500 MB, or set ONEKEY_CACHE")
DOWNLOAD_FAILED = both("下载失败，可能没有网络", "the download failed, perhaps there is no network")
CHECK_NETWORK_OR_PROXY_AND_TRY = both(
    "检查网络或代理后重试，已下载的部分会保留", "check network or proxy and try again; what was fetched is kept"
)

# packages
CACHE_IS_DAMAGED = both("缓存不完整", "the cache is damaged")
DELETE_ROOT_AND_TRY_AGAIN = template("删除后重试", "delete {root} and try again")
NO_PROGRAM = template("没有程序 {program}", "no program {program}")
DELETE_THE_CACHE_AND_TRY_AGAIN = both("删除缓存后重试", "delete the cache and try again")
CACHE_IS_NOT_WRITABLE = template("缓存目录不可写：{strerror}", "the cache is not writable")
SET_ONEKEY_CACHE = both("设置 ONEKEY_CACHE", "set ONEKEY_CACHE")
WAITING_FOR_ANOTHER_DOWNLOAD_TO_FINISH = both("等待另一个下载完成", "waiting for another download to finish")
USE_DEBIAN_OR_UBUNTU = both(
    "请用 Debian 或 Ubuntu，或自行安装 Asterisk 22.6", "use Debian or Ubuntu, or install Asterisk 22.6"
)
PROGRAM_IS_MISSING = template("没有 {program}", "{program} is missing")
UNPACKING_NAME = template("解包 {name}", "unpacking {name}: {archives} packages")
UNPACKING_FAILED = template("解包失败：{why}", "unpacking failed")
CHECK_DISK_SPACE = both("检查磁盘空间（约需 400 MB）", "check disk space (about 400 MB)")
NAME_IS_READY = template("{name} 就绪", "{name} is ready: {size:.0f} MB")

# sources
NO_DEBIAN_ARCHIVE_IS_KNOWN = both("找不到 Debian 软件源", "no Debian archive is known")
SET_ONEKEY_DEBIAN_MIRROR = both(
    "设置 ONEKEY_DEBIAN_MIRROR=<地址>", "set ONEKEY_DEBIAN_MIRROR=<address of a Debian archive>"
)
CANNOT_DOWNLOAD_THE_PACKAGE = template("取不到软件包 {package}", "cannot download the package {package}")
CHECK_NETWORK_OR_PROXY = both(
    "检查网络或代理，或设置 ONEKEY_DEBIAN_MIRROR", "check network or proxy, or set ONEKEY_DEBIAN_MIRROR"
)
PACKAGE_LACKS = template("{package} 里没有 {wanted}", "{package} has no {wanted}")
TRY_ANOTHER_RELEASE = both("换一个版本", "try another release")
