// Stands in for a newer or missing library: enough to compile what calls it.
package io.gsonfire;

public interface TypeSelector<T> {
    Class<? extends T> getClassForElement(com.google.gson.JsonElement element);
}
