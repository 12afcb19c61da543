export { traced } from './consumers/adapters/powertools-batch';
