mkdir tree
touch tree/--to-be-deleted tree/-x tree/--checkpoint=1
