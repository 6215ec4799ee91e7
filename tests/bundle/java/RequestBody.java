// Stands in for a newer or missing library: enough to compile what calls it.
package okhttp3;

public abstract class RequestBody {
    public abstract MediaType contentType();

    public long contentLength() throws java.io.IOException {
        return -1;
    }

    public abstract void writeTo(okio.BufferedSink sink) throws java.io.IOException;

    public static RequestBody create(String content, MediaType type) {
        return null;
    }

    public static RequestBody create(byte[] content, MediaType type) {
        return null;
    }

    public static RequestBody create(java.io.File content, MediaType type) {
        return null;
    }
}
