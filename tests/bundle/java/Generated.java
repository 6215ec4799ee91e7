// Stands in for a newer or missing library: enough to compile what calls it.
package javax.annotation;

public @interface Generated {
    String[] value();

    String date() default "";

    String comments() default "";
}
