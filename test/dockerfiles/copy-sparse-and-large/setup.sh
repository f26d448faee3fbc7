mkdir data
truncate -s 5M data/sparse
printf tail >> data/sparse
yes 0123456789abcdef | head -c 3000000 > data/full
: > data/empty
