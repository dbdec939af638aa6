namespace Platform.Dashboard.Clients;

/// <summary>What a call brought: a value, or why there is none.</summary>
/// <typeparam name="T">The value's type.</typeparam>
/// <param name="Value">The value; null after a failure.</param>
/// <param name="Failure">Why there is no value; null after a success.</param>
public sealed record Outcome<T>(T? Value, CallFailure? Failure)
    where T : class
{
    /// <summary>The same outcome with another value.</summary>
    /// <typeparam name="TOther">The other value's type.</typeparam>
    /// <param name="select">Makes the other value.</param>
    public Outcome<TOther> Select<TOther>(Func<T, TOther> select)
        where TOther : class =>
        new(Value is null ? null : select(Value), Failure);
}
