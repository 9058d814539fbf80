// Sentences as people write them about aerial images, with holes: {N} one thing with its article, {Ns} things, {n} and {ns} the same bare,
// {K} a count with things, {S} stuff, {A} a quality, {C} a colour, {P} a place word, {V} a participle, {G} an -ing form, {M} a manner,
// {L} a list, {#} a count word.
const TEMPLATES = `
{K} {V} {P} {N}
{K} sit {P} {N} and {N}
{K} can be found {P} {N}
{K} stretch out {P} {N}
{K} take up most of {N}
{N} lies {P} {N}
{N} lies between {N} and {N}
{N} sits in the middle of {N} with {K} around it
{N} goes through {N}
{N} leads to {N} with {K}
{N} curves past {K}
{N} extends from {N} to {N}
{N} occupies {N} near {N}
{N} cuts {N} in two
{N} joins {N} with {N}
{N} separates {K} from {N}
{N} faces {N}
{N} overlooks {N} full of {ns}
{N} borders {S} and {S}
{N} contains {K} and {K}
{N} includes {K} , {N} and {K}
{N} is divided by {N} into {#} parts
{N} is made up of {K}
{N} is made up of {#} parts
{N} is crossed by {N}
{N} is enclosed by {A} {ns}
{N} is encircled by {ns} and {ns}
{N} is bordered by {S} on one side and {S} on the other side
{N} is filled with {A} {ns} and {S}
{N} is dotted with {A} {C} {ns}
{N} is lined with {ns}
{N} is covered with {C} {S}
{N} is connected to {N} by {N}
{N} is adjacent to {N}
{N} is close to {N} and far from {N}
{N} is opposite {N}
{N} is home to {K}
{N} is {A} and {C}
{N} is {A} , {A} and {C}
{N} is {A} with {ns} {V} {P} it
{N} is the {A} part of {N}
{N} is {C} in color
{N} is in {C} and {C}
the {n} is {A} but the {ns} are {A}
the {ns} are {A} and {M} {V}
the {ns} are {C}
the {ns} in the {n} are {C} and {A}
the {ns} {P} the {n} are {A}
the {ns} have {C} {ns}
the {ns} with {C} {ns} are {V} {M}
the {n} of the {n} is {C}
the {n} of this {n} is shaped like {N}
the shape of the {n} is {A}
the {n} in the picture is {A}
the {n} looks {A}
the {n} looks very {A} from above
the {n} has {K} on it
the {n} has {C} {ns} and {A} {ns}
the {n} has {#} {ns}
the {A} {n} has a {C} {n} and is {P} {N}
the {A} {n} is {P} the {C} {n}
the {A} {n} and the {A} {n} are {P} each other
the {A} {n} , with its {C} {n} , is {P} {N}
the {A} {C} {n} is {V} by {K}
the {n} , {V} by {ns} , is {A}
the {n} which is {P} the {n} is {A}
the {n} that {V} the {n} is {A}
the {n} where {K} are {V} is {A}
the upper part of the image is {S} and the lower part is {S}
on the left is {N} , on the right is {N}
on both sides of {N} grow {K}
on each side of the {n} are {ns}
at the top of the image is {N}
at the end of {N} you see {N}
in the center of {N} is {N}
in this {n} , {K} are {V} {M}
in this image there is {N} with {K}
in {N} , there are {K} and {N}
inside the {n} there is {N} with {C} {ns}
outside the {n} are {K} and {ns}
next to {N} is {N}
next to {N} are {K}
near the {n} there is {N} and {K}
around {N} are {K}
under {N} flows {N}
behind {N} stand {K}
along {N} , {K} are {V}
beside {N} is {N} with {A} {ns}
across from {N} is {N}
there are {K} and {K} {P} {N}
there are {K} , {ns} and {ns} {P} {N}
there are {K} of different sizes {P} {N}
there are {K} with {C} {ns} {P} {N}
there are {C} and {C} {ns} {P} {N}
there are {K} {G} {P} {N}
there are no {ns} {P} {N}
there are {A} {ns} here with {ns} {P} them
there is {N} and there are {K}
there is {N} between {N} and {N}
there is {N} {P} {N} and {N}
there is {N} {P} {N} , and {K} are {V} around
there is {N} in the {n} and {K} beside it
there is {N} {V} by {K}
there is {N} with {C} {ns} in the {A} {n}
there is {A} {S} {P} {N}
there is only {N} in the {n}
here is {N} with {K}
here are {K} {V} {P} {N}
this {n} is {A} with {K}
this {n} is {P} {N}
this is {N} in {N}
this is {N} with {K} {P} it
this is a {A} {n} and the {n} is {C}
this is an aerial view of {N} and {N}
these {ns} are {A} and {C}
that {n} is surrounded by {C} {S}
it is {N} {P} {N}
it is {N} surrounded by {ns} and {S}
it is {N} and {N} is {P} it
it is {A} around {N}
it has {K} and {N}
it looks like {N}
we see {N} with {K} {P} {N}
we can see {L} in this picture
one {n} is {P} another {n}
one of the {ns} is {A}
some of the {ns} are {C} and some are {C}
some {ns} are {A} while other {ns} are {A}
some {ns} {G} {P} {N}
some {ns} and {ns} {G} together {P} {N}
most of the {n} is covered by {S}
all the {ns} are {V} in {N}
many {ns} with {C} {ns} are {P} {N}
several {ns} have {C} {ns}
two {ns} , one {C} and one {C} , are {P} {N}
{#} {ns} run parallel {P} {N}
{K} are {V} close to each other {P} {N}
{K} are {V} here
{K} are {V} {M} on both sides of {N}
{K} are {V} in rows {P} {N}
{K} are {V} in {N} , which is {P} {N}
{K} are {A}
{K} are {P} {N}
{K} are {P} {N} with {K}
{K} are {P} {N} and {N}
{K} are {P} the two sides of {N}
{K} are {P} {N} while {N} is {P} {N}
{K} and {N} are {P} {N}
{K} , {K} and {N} are {P} {N}
{K} {G} {P} {N}
{K} {G} {N}
{K} {V} in {N} with {A} {ns}
{K} {V} {M} with {N} {P} them
{K} make the {n} {A}
{L} are {P} {N}
{L} {P} {N}
{L} are {V} {P} {N}
{N} {P} {N}
{N} {P} {N} with {ns}
{N} {P} {N} and {N}
{N} {P} {K}
{N} with {N} {P} {N}
{N} with {K} {P} it
{N} with {K} and {ns} is {P} {N}
{N} with {C} {S} is {V} by {ns}
{N} with {A} {ns} , {ns} and {N}
{N} full of {ns}
{N} of {C} {ns}
{N} of {A} shape is {P} {N}
{N} made of {S}
{N} {V} by {K}
{N} {V} by {ns} and {ns} {P} {N}
{N} {V} with {ns} is {P} {N}
{N} {V} {P} {N}
{N} {G} {P} {N}
{N} {G} through {N}
{N} and {N}
{N} , {N} and {K}
{N} and {K} are {P} {N}
{N} and {N} are {P} {K}
{N} is {P} {K}
{N} is {P} {N}
{N} is {P} {N} and {S}
{N} is {P} {N} with {K} {V} in it
{N} is {P} two {ns}
{N} is {V} {P} {N}
{N} is {V} {P} {N} with {N} and {N}
{N} is {V} {M} {P} {N}
{N} is {V} between {N} and {N}
{N} was {V} last year
{N} has {K} {P} it
{N} has been {V} {P} {N}
{C} {ns} and {C} {ns} {P} {N}
{C} {S} with {K}
{C} {S} is {P} {C} {S}
{A} {S} {P} {N}
{A} {ns} with {C} {ns}
{A} {ns} {V} {P} {A} {ns}
{A} {C} {S} and {C} {S}
{S} is {P} {N} with {ns}
{S} and {S} are {P} {N}
{S} surrounds {N}
a lot of {A} {ns} are {V} {P} {N}
lots of {ns} {V} {M} {P} {N}
dozens of {ns} with {A} {ns}
a row of {ns} is {P} {N}
two rows of {ns} are {V} {P} {N}
rows of {C} {ns} are {P} {N}
a group of {ns} {P} {N}
a piece of {C} {S} is {P} {N}
a large piece of {A} {S} with {ns}
a pair of {ns} is {V} {P} {N}
a cluster of {ns} surrounded by {S}
part of {N} is {P} {N}
both sides of {N} are {V} with {ns}
the edges of {N} are {A}
the area around {N} is {A}
close to {N} {V} {K}
not far away there is {N}
{N} seen from above
an aerial photo of {N}
an image of {N} with {K}
top view of {N} and {N}
`
  .trim()
  .split("\n");

/** What stands for each hole is made by `fill(letter)`. */
export function sentenceFrom(pick, fill) {
  return pick(TEMPLATES).replace(/\{([^}]+)\}/g, (_, hole) => fill(hole));
}
