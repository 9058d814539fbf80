// What a worker runs: it scores the parts of the images that it is sent.
import { serve } from "#score-workers";
import { serveParts } from "./evaluate/serve-parts";

serveParts(serve);
