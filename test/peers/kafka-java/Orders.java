import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** examples/kafka-otel/orders.cjs in Java. There is no tracing in it: the agent does all of it. */
public class Orders {
  private static final Pattern ORDER = Pattern.compile("\\{[^{}]*}");

  private final Producer<String, String> producer =
      new KafkaProducer<>(
          Map.of("bootstrap.servers", System.getenv("KAFKA_BROKERS")), new StringSerializer(), new StringSerializer());

  public static void main(String[] args) {
    Orders orders = new Orders();
    int port = Integer.parseInt(System.getenv("PORT"));
    Undertow.builder().addHttpListener(port, "127.0.0.1").setHandler(new BlockingHandler(orders::take)).build().start();
  }

  private void take(HttpServerExchange exchange) throws Exception {
    String body = new String(exchange.getInputStream().readAllBytes());
    List<Future<?>> sends = new ArrayList<>();
    for (String order : ORDER.matcher(body).results().map(found -> found.group()).toList())
      sends.add(producer.send(new ProducerRecord<>(System.getenv("TOPIC"), order)));
    for (Future<?> send : sends) send.get();
  }
}
