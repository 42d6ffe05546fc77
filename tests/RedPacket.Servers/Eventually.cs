using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace RedPacket.Servers;

/// <summary>
/// The one way to wait: asks until a condition holds, and throws, with the condition's text, when the limit is over.
/// </summary>
public static class Eventually
{
    /// <summary>A passing test never waits so long. A machine that does other things may need it.</summary>
    private static readonly TimeSpan s_usual = TimeSpan.FromSeconds(180);

    /// <summary>
    /// Polls a condition. An exception in it counts as "not yet"; the last one is named when the limit is over.
    /// </summary>
    /// <exception cref="TimeoutException">The condition did not hold within the limit.</exception>
    public static Task Holds(
        Func<bool> condition, TimeSpan? limit = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Holds(() => Task.FromResult(condition()), limit, what);

    /// <inheritdoc cref="Holds(Func{bool}, TimeSpan?, string)"/>
    public static async Task Holds(
        Func<Task<bool>> condition, TimeSpan? limit = null, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var started = Stopwatch.StartNew();
        var most = limit ?? s_usual;
        Exception? last;
        do
        {
            (var held, last) = await Try(condition);
            if (held)
                return;
            await Pause(TimeSpan.FromMilliseconds(25));
        }
        while (started.Elapsed < most);
        throw new TimeoutException(
            $"not within {most.TotalSeconds:0.#} s: {what}{(last is null ? "" : $" (last: {last.GetType().Name}: {last.Message})")}", last);
    }

    /// <summary>Polls until a value passes the test, and returns it.</summary>
    /// <exception cref="TimeoutException">No value passed within the limit.</exception>
    public static async Task<T> Yields<T>(
        Func<Task<T>> read, Func<T, bool> enough, TimeSpan? limit = null, [CallerArgumentExpression(nameof(enough))] string what = "")
    {
        var last = default(T);
        try
        {
            await Holds(async () => enough(last = await read()), limit, what);
        }
        catch (TimeoutException late)
        {
            throw new TimeoutException($"{late.Message}; last seen: {last}", late);
        }
        return last!;
    }

    /// <summary>Watches for a while that a condition does not come true.</summary>
    /// <exception cref="InvalidOperationException">It did.</exception>
    public static async Task Never(
        Func<bool> condition, TimeSpan time, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        for (var started = Stopwatch.StartNew(); started.Elapsed < time; await Pause(TimeSpan.FromMilliseconds(25)))
        {
            if (condition())
                throw new InvalidOperationException($"it should not have come true: {what}");
        }
    }

    /// <summary>Lets a fault last for a while. Only where the subject is how long it lasts: a result is never waited for.</summary>
    public static Task Pause(TimeSpan time) => Task.Delay(time);

    private static async Task<(bool Held, Exception? Error)> Try(Func<Task<bool>> condition)
    {
        try
        {
            return (await condition(), null);
        }
        catch (Exception exception) when (!IsFinal(exception))
        {
            return (false, exception);
        }
    }

    // A missing server stays missing, and a failed assertion stays failed. Assertion libraries mark theirs by an
    // interface of this name.
    private static bool IsFinal(Exception exception) => exception is ServerMissingException
        || Array.Exists(exception.GetType().GetInterfaces(), each => each.Name == "IAssertionException");
}
