export { traced } from './consumers/adapters/middy';
