import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** examples/kafka-otel/shipping.cjs in Java. There is no tracing in it: the agent does all of it. */
public class Shipping {
  public static void main(String[] args) throws Exception {
    URI shipping = URI.create(System.getenv("SHIPPING_URL"));
    HttpClient http = HttpClient.newHttpClient();
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", System.getenv("KAFKA_BROKERS"),
            "group.id", System.getenv("GROUP"),
            "auto.offset.reset", "earliest");
    try (Consumer<String, String> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(System.getenv("TOPIC")));
      while (true) {
        for (ConsumerRecord<String, String> order : consumer.poll(Duration.ofSeconds(5))) {
          http.send(
              HttpRequest.newBuilder(shipping).POST(BodyPublishers.ofString(order.value())).build(),
              BodyHandlers.discarding());
        }
      }
    }
  }
}
