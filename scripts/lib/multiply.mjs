// What a user's project does with the native backend that it installed or built: copied there and run, it prints "well" at last.
import { registerNativeBackend } from "@rsdix/backend-native";
import * as tf from "@tensorflow/tfjs";

console.log(process.version, await registerNativeBackend());
await tf.setBackend("native");
const product = tf.matMul(tf.ones([300, 200]), tf.ones([200, 100])).dataSync();
if (!product.every((value) => value === 200)) throw new Error("a wrong product");
console.log("well");
