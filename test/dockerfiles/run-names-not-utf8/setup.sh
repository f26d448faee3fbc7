mkdir tree
touch "$(printf 'tree/deleted-\344')" "$(printf 'tree/changed-\344\366')" "$(printf 'tree/kept-\344')"
mkdir "$(printf 'tree/folder-\377')"
touch "$(printf 'tree/folder-\377/inner')"
