// Stands in for a newer or missing library: enough to compile what calls it.
package okhttp3.logging;

public class HttpLoggingInterceptor implements okhttp3.Interceptor {
    public enum Level {
        BODY
    }

    public void setLevel(Level level) {}

    public okhttp3.Response intercept(Chain chain) throws java.io.IOException {
        return chain.proceed(chain.request());
    }
}
