require "include";
include "faulty";
