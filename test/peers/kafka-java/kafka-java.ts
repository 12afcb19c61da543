import { type JavaAgent, javaCommand, javaVersion } from '../fleet-java/fleet-java.ts';
import { missingCommands } from '../toolchain.ts';

const FOLDER = import.meta.dirname;

/** One sentence that names what the programs, and Kafka, need and this machine lacks. */
export function missingJava(): string | undefined {
  return missingCommands('java', 'javac', 'mvn', 'sh');
}

/** The agent's version in the `pom.xml`: `dd-java-agent 1.68.1`. */
export function agentVersion(agent: JavaAgent): string {
  return javaVersion(agent, FOLDER);
}

/** The command of one of the programs, under an agent. */
export function kafkaJavaCommand(agent: JavaAgent, main: 'Orders' | 'Shipping'): Promise<string[]> {
  return javaCommand(agent, FOLDER, [main, main === 'Orders' ? 'Shipping' : 'Orders']);
}
