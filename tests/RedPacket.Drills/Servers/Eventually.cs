using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace RedPacket.Drills.Servers;

/// <summary>The one way to wait in a test: ask until a condition holds, and fail, with its own text, when a limit is over.</summary>
public static class Eventually
{
    private static readonly TimeSpan s_usual = TimeSpan.FromSeconds(60);

    /// <summary>Polls a condition. An exception in it counts as "not yet"; the last one is named when the limit is over.</summary>
    public static Task Holds(Func<bool> condition, TimeSpan? limit = null, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        Holds(() => Task.FromResult(condition()), limit, what);

    /// <summary>Polls a condition. An exception in it counts as "not yet"; the last one is named when the limit is over.</summary>
    public static async Task Holds(Func<Task<bool>> condition, TimeSpan? limit = null, [CallerArgumentExpression(nameof(condition))] string what = "")
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
        Assert.Fail($"not within {most.TotalSeconds:0.#} s: {what}{(last is null ? "" : $" (last: {last.GetType().Name}: {last.Message})")}");
    }

    /// <summary>Polls until a value passes the test, and returns it.</summary>
    public static async Task<T> Yields<T>(Func<Task<T>> read, Func<T, bool> enough, TimeSpan? limit = null, [CallerArgumentExpression(nameof(enough))] string what = "")
    {
        var last = default(T);
        try
        {
            await Holds(async () => enough(last = await read()), limit, what);
        }
        catch (Xunit.Sdk.FailException failure)
        {
            Assert.Fail($"{failure.Message}; last seen: {last}");
        }
        return last!;
    }

    /// <summary>Lets a fault last for a while. Only for drills: how long a server is away is what they are about.</summary>
    public static Task Pause(TimeSpan time) => Task.Delay(time, TestContext.Current.CancellationToken);

    private static async Task<(bool Held, Exception? Error)> Try(Func<Task<bool>> condition)
    {
        try
        {
            return (await condition(), null);
        }
        catch (Exception exception) when (exception is not Xunit.Sdk.XunitException && !TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            return (false, exception);
        }
    }
}
