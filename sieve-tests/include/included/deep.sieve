require "include";
include "files";
