setfattr -n user.note -v "hello" tree/a
setfattr -n user.bytes -v 0x00ff80fe tree/a
