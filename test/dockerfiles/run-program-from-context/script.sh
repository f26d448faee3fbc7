#!/bin/sh -e
echo "$0: $*" >> /log
