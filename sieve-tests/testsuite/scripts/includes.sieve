require "include";
include :personal "mine";
include :global "everyone";
