# Cuts the power of a mounted file system when a line comes on stdin: from then on nothing that was
# not on the disk comes there, the journal in memory included. FS_IOC_SHUTDOWN of ext4, XFS and f2fs,
# with NOLOGFLUSH.
import fcntl
import os
import struct
import sys

EXT4_IOC_SHUTDOWN = 0x8004587D
NOLOGFLUSH = 2

folder = os.open(sys.argv[1], os.O_RDONLY)
print("ready", flush=True)
sys.stdin.readline()
fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
print("dark", flush=True)
