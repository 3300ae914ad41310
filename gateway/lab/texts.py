"""Texts for people of ``lab``: Chinese first, English beside it."""

from __future__ import annotations

from gateway.core.values.bilingual import Pair, Template, both, template

# addresses
NO_FREE_LOOPBACK_ADDRESS_OR_PORT = both("没有空闲的回环地址或端口", "no free loopback address or port")
ONEKEY_LAB_DOWN = both(
    "onekey lab down，或停掉占用端口的程序", "`onekey lab down`, or stop the program that holds the ports"
)

# asterisk
CHOOSE_SOURCES = template("可用", "choose: {sources}")
NO_SUCH_ASTERISK = template("没有这种 Asterisk：{wanted}", "no such Asterisk: {wanted}")
THIS_MACHINE_HAS_NO_ASTERISK = both("本机没有可用的 Asterisk", "this machine has no Asterisk that will do")
INSTALL_ASTERISK_ONEKEY = both(
    "安装 asterisk-onekey（见 docs/install.md），或用 --asterisk built",
    "install asterisk-onekey (docs/install.md), or use --asterisk built",
)
IT_IS_NOT_USED = template("{what}: {path}; 不用", "it is not used")
VERSION_IS_TOO_OLD = template(
    "本机 {version} 版本过低（需 22.6.0 以上），不用", "{version} is too old (22.6.0 needed), it is not used"
)
THIS_MACHINES_ASTERISK_LACKS_MODULES = both(
    "本机 Asterisk 缺少模块，不用", "this machine's Asterisk lacks modules, it is not used"
)
DELETE_THE_CACHE_FOLDER_AND_TRY = both("删除缓存目录后重试", "delete the cache folder and try again")
ASTERISK_DOES_NOT_RUN = both("Asterisk 无法运行", "Asterisk does not run")
ASTERISK_DID_NOT_START = template("Asterisk 没有启动", "Asterisk did not start ({config})")
MEND_THE_CONFIGURATION_AS_THE_ERRORS = both("按上面的错误修正配置", "mend the configuration as the errors above say")

# asterisk_deb
MAKE_THE_PACKAGE_ON_DEBIAN = both("请在 Debian 或 Ubuntu 上打包", "make the package on Debian or Ubuntu")
DPKG_DEB_IS_MISSING = both("没有 dpkg-deb", "dpkg-deb is missing")
PACKING_NAME = template("打包", "packing {name}")
CHECK_ITS_RIGHTS_AND_DISK_SPACE = both(
    "检查权限和磁盘空间（约 200 MB）", "check its rights and disk space (about 200 MB)"
)
PACKAGE_CANNOT_BE_WRITTEN = template("写不了软件包：{strerror}", "the package cannot be written")
PACKAGE_CANNOT_BE_MADE = template("打包失败：{said}", "the package cannot be made")
CHECK_DISK_SPACE = both("检查磁盘空间", "check disk space")

# built
CACHE_IS_NOT_WRITABLE = template("缓存目录不可写：{strerror}", "the cache is not writable")
SET_ONEKEY_CACHE = both("设置 ONEKEY_CACHE", "set ONEKEY_CACHE")
CACHES_PATH_HAS_A_SPACE = both(
    "缓存目录的路径含空格，无法编译", "the cache's path has a space in it: nothing can be compiled there"
)
FREE_MB = Template("{free} MB 空闲 free")
NOT_ENOUGH_DISK_SPACE = template("磁盘空间不足（{seen}）", "not enough disk space")
FREE_SPACE_OR_SET_ONEKEY_CACHE = template(
    "腾出 {space_mb} MB，或设置 ONEKEY_CACHE", "free {space_mb} MB, or set ONEKEY_CACHE"
)
BUILDING_AN_ASTERISK_WITHOUT_THE_PATCH = both(
    "构建不带补丁的 Asterisk，只需一次，约 5 分钟", "building an Asterisk without the patch, once, about 5 minutes"
)
ASTERISK_IS_READY = template("Asterisk {version} 就绪", "is ready: {final}，{took_s:.0f} s")
DEBIAN_SUITE_HAS_ANOTHER_ASTERISK = template(
    "Debian {suite} 的是 Asterisk {version}，这里需要 {major}", "Debian {suite} has another Asterisk"
)
SET_ONEKEY_DEBIAN_SUITE_OR_ONEKEY_DEBIAN_MIRROR = both(
    "设置 ONEKEY_DEBIAN_SUITE 或 ONEKEY_DEBIAN_MIRROR", "set ONEKEY_DEBIAN_SUITE or ONEKEY_DEBIAN_MIRROR"
)
UNPACKING_THE_SOURCE = template("解包源码", "unpacking the source: {source} {version}")
SOURCE_PACKAGE_HAS_NO_PJPROJECT = both("源码包里没有 pjproject", "the source package has no pjproject")
TRY_ANOTHER_VERSION = both("换一个版本", "try another version")
CONFIGURING = both("配置", "configuring")
CHOOSING_MODULES = both("选择模块", "choosing modules")
COMPILING_ON_CORES = template("编译，{cores} 核", "compiling on {cores} cores")
INSTALLING_INTO_THE_CACHE = both("安装到缓存", "installing into the cache")
BUILD_FAILED = template("构建失败：{what}（{words}）", "the build failed")
LOG_ABOVE_HAS_ALL = both(
    "全部输出在上面的日志里；修正后重试，已下载的会保留",
    "the log above has all; mend it and try again, what was fetched is kept",
)
COUNT_OF_FILES = template("  … {done} 个文件", "files")
STRIPPING = both("去掉调试信息", "stripping")
WHAT_WAS_BUILT_LACKS_MODULES = template("构建出来的缺少模块：{missing}", "what was built lacks modules")
SEE_IN_THE_LOG_WHAT_CONFIGURE = both("查看日志中 configure 的结果", "see in the log what configure found")
WHAT_WAS_BUILT_DOES_NOT_RUN = template("构建出来的 Asterisk 无法运行", "what was built does not run: {stdout}")
GIVE_THE_LOG_TO_THE_MAINTAINERS = both("把日志交给维护者", "give the log to the maintainers")

# certificates
NO_OPENSSL_TO_MAKE_CERTIFICATES = both("没有 openssl，不能制作证书", "no openssl to make certificates with")
OPENSSL_MADE_NO_CERTIFICATE = both("openssl 没有做成证书", "openssl made no certificate")

# elf
NOT_A_PROGRAM = both("不是可执行程序", "not a program")
DELETE_THE_CACHE_AND_TRY_AGAIN = template("删除缓存后重试", "delete the cache and try again: {path}")

# lab
NOT_A_LABS_NAME = template("实验环境名不合法：{name!r}", "not a lab's name: {name!r}")
USE_LETTERS = both("用字母、数字、- 和 _", "use letters, digits, - and _")
LAB_NAME_IS_UP_ALREADY = template("实验环境 {name} 已在运行", "the lab {name} is up already")
LAB_NAME_IS_NOT_UP = template("实验环境 {name} 没有运行", "the lab {name} is not up")
LAB_NAME_WAS_NEVER_WHOLLY = template(
    "实验环境 {name} 没有启动完，有残留", "the lab {name} was never wholly up, something is left of it"
)
RUN_FOLDERS_PATH_IS_TOO = template(
    "运行目录的路径太长，最多 {socket_path_max} 字节", "the run folder's path is too long"
)
SET_ONEKEY_RUN_TMP_ONEKEY = both("设置 ONEKEY_RUN=/tmp/onekey", "set ONEKEY_RUN=/tmp/onekey")
RUN_FOLDER_IS_NOT_WRITABLE = template("运行目录不可写：{strerror}", "the run folder is not writable: {strerror}")
SET_ONEKEY_RUN_A_FOLDER_YOU = both("设置 ONEKEY_RUN=<可写目录>", "set ONEKEY_RUN=<a folder you may write to>")
LOCK_FILE_CANNOT_BE_WRITTEN = template("锁文件不可写：{strerror}", "the lock file cannot be written: {strerror}")
REMOVE_IT_OR_SET = both("删除它，或设置 TMPDIR", "remove it, or set TMPDIR")

# origin
WITHOUT_THE_PATCH = both("不带补丁，确定", "without the patch, certain")
WITH_DEBIANS_OPUS_PATCH = both(
    "带 Debian 的 opus 补丁：转接后的录音会缺人，见 docs/install.md",
    "with Debian's opus patch: recordings across transfers lose a person",
)
BY_ITS_VERSION_WITHOUT_THE_PATCH = both("看版本不带补丁，未经证实", "by its version without the patch, not proven")
IT_CANNOT_BE_TOLD_WHETHER = both("看不出是否带补丁", "it cannot be told whether it has the patch")

# processes
PROCESSES_THAT_DO_NOT_END = template("进程无法结束：{still}", "processes that do not end: {still}")
PERHAPS_THEY_WAIT_FOR_A_DISK = both(
    "可能卡在磁盘上；稍后再试 onekey lab down", "perhaps they wait for a disk; run onekey lab down again later"
)
PROCESS_PID_BELONGS_TO_ANOTHER_USER = template("进程 {pid} 属于其他用户", "process {pid} belongs to another user")
RUN_ONEKEY_LAB_DOWN = both("以启动它的用户运行 onekey lab down", "run onekey lab down as the user who started it")

# render
ERROR_IN_A_CONFIGURATION_TEMPLATE = template("配置模板有误：{error}", "error in a configuration template: {error}")
CHECK_THE_IN_THAT_FILE = both("检查该文件里的 {{ }}", "check the {{ }} in that file")

# source_package
THERE_IS_NO_DSC = both("没有 .dsc", "there is no .dsc")
TRY_AGAIN = both("重试", "try again")
CANNOT_BE_READ = template("读不懂源码包：{error}", "cannot be read")
SOURCE_HAS_NOT_THE_SUM = both(
    "源码与签名目录中的校验和不符，不会使用", "the source has not the sum of the signed list and is not used"
)
REMOVE_AND_TRY_AGAIN = template("rm -f {path}，然后重试", "then try again")
ITS_FORMAT_IS_NOT_KNOWN = template("{source} {version} 的格式不认识", "its format is not known")
NEEDED_FORMAT = both("需要 3.0 (quilt) 格式", "format 3.0 (quilt) is needed")
CANNOT_BE_UNPACKED = template("解包失败：{why}", "cannot be unpacked")
SOURCE_PACKAGE_HAS_NO_PATCH = template("源码包里没有补丁 {name}", "the source package has no patch {name}")
THIS_VERSION_WAS_NOT_TRIED = both(
    "这个版本没有试过；设置 ONEKEY_DEBIAN_SUITE 换一个",
    "this version was not tried; choose another by ONEKEY_DEBIAN_SUITE",
)
PATCH_DOES_NOT_FIT = template("补丁不适用：{why}", "the patch does not fit")

# toolchain
BUILD_ON_DEBIAN_OR_UBUNTU = both("请在 Debian 或 Ubuntu 上构建", "build on Debian or Ubuntu")
PROGRAM_IS_MISSING = template("没有 {program}", "{program} is missing")
A_COMPILER_AND_HEADERS = "编译工具 a compiler and headers"
UNPACKING_THE_TOOLS = template("解包编译工具", "unpacking the tools: {archives} packages")
CHECK_DISK_SPACE_ABOUT = both(
    "检查磁盘空间（约需 2 GB），删除该文件后重试", "check disk space (about 2 GB), delete the file and try again"
)
TOOLS_CANNOT_BE_UNPACKED = template("解包失败：{stderr}", "cannot be unpacked")
NO_PACKAGE_IS_KNOWN_FOR_MISSING = template("不知道哪个软件包提供 {missing}", "no package is known for {missing}")

# words
TRANSFER_TO = Pair("转到", "transfer to")
SEND_TO_AT_ONCE = Pair("直接转接到", "send to, at once,")
HAND_OVER_TO = Pair("直接交给", "hand over to")
CONSULT = Pair("三方协商：", "consult")
CALL_IN = Pair("邀请加入：", "call in")
TAKE_THE_CALLER_BACK = both("收回来电人、取消转接", "take the caller back, cancel")
ACCEPT = both("接受", "accept")
DECLINE = both("不接受", "decline")
THE_OTHER_SWITCHBOARD = Pair("对方平台", "the other switchboard")
LAB_NAME_VERSION = Template("实验环境 lab: {name}    {version}")
PATCH_WORDS = Template("补丁 patch: {words}")
FOLDER_DIR = Template("目录 folder: {dir}")
UP = "运行中 up"
DOWN = "已停止 DOWN"
SIDE_ALIVE = Template("【{side}】 {alive}")
SIP_SERVER_SIP = Template("  SIP 服务器 server     {sip} ({transport})")
AMI_HOST = Template("  AMI                   {host}:{port}  用户 user {user}  密码 {secret}")
SEATS = "  坐席 seats            "
CALLERS = "  来电人 callers        "
CALLERS_DIAL_HOTLINE = Template("  来电人拨 callers dial {hotline}")
SERVICES = "  服务 services         "
KEYS_OF_A_SEAT = "坐席按键 keys of a seat, during a call (RFC 4733):"
REFER_TRANSFER_BUTTON = "坐席话机的转接键（REFER）可拨 transfer button (REFER): 110  12345  119  120  122  water（供水） power（供电） gas（燃气） heat（供热）"
UP_PID_GATEWAY = Template("运行中 up (pid {gateway})")
NOT_RUNNING_ONEKEY_RUN_LAB = Template("未运行 not running：onekey run --lab{name}")
GATEWAY_RUNNING = Template("网关 gateway: {running}")
