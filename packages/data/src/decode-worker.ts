// What a worker runs: it decodes, augments and preprocesses the images that it is sent.
import { decode, serve } from "#decode";
import { serveImages } from "./batches/serve-images";

serveImages({ decode, serve });
