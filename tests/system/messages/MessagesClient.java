// SPDX-License-Identifier: BSD-2-Clause

import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/**
 * The WebSocket client of Java's own library: MessagesClient URL CA-FILE SECONDS [tls12]
 *
 * Takes messages for so many seconds, then its leave; prints how many.
 */
final class MessagesClient implements WebSocket.Listener {
	private final CompletableFuture<Void> closed = new CompletableFuture<>();
	private int count;

	@Override
	public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean isLast) {
		count += isLast ? 1 : 0;
		socket.request(1);
		return null;
	}

	@Override
	public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
		closed.complete(null);
		return null;
	}

	@Override
	public void onError(WebSocket socket, Throwable error) {
		closed.complete(null);
	}

	private static SSLContext contextOf(Path caFile) throws Exception {
		KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
		TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
		SSLContext context = SSLContext.getInstance("TLS");

		store.load(null, null);
		try (InputStream file = Files.newInputStream(caFile)) {
			store.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(file));
		}
		trust.init(store);
		context.init(null, trust.getTrustManagers(), null);
		return context;
	}

	public static void main(String[] args) throws Exception {
		MessagesClient client = new MessagesClient();
		HttpClient.Builder builder = HttpClient.newBuilder().sslContext(contextOf(Path.of(args[1])));

		if (args.length > 3)
			builder.sslParameters(new SSLParameters(null, new String[] { "TLSv1.2" }));
		WebSocket socket = builder.build().newWebSocketBuilder().buildAsync(URI.create(args[0]), client).join();
		Thread.sleep(1000 * Long.parseLong(args[2]));
		socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
		client.closed.get(60, TimeUnit.SECONDS);
		System.out.println(client.count);
		System.exit(0);
	}
}
