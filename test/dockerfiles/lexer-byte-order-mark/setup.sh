{ printf '\357\273\277'; cat Dockerfile; } > with-mark
mv with-mark Dockerfile
