require "ihave";
if allof (ihave "frobnicate", frob :is "x" 5) {
	discard;
}
