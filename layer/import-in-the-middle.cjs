// In the layer's place for the package of that name, which only hears of ES modules where its own loader hooks are registered.
// An application that registers them has a package of its own, and the layer's would never hear of anything.
exports.Hook = class Hook {};
