require "ihave";
if ihave "frobnicate" {
	frobnicate :hard "x";
} else {
	keep;
}
