using System.Reflection;
using StackExchange.Redis;

namespace RedPacket.Tests.Simulation;

/// <summary>
/// The way of one process to the store. A shard may be unreachable, and the process may be stopped before any of its
/// calls. It then does nothing until it wakes. A stopped process that is given up never does the call.
/// </summary>
/// <param name="away">Shards that nobody reaches.</param>
internal sealed class SimulatedNetwork(IReadOnlySet<int> away)
{
    private TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _wake;
    private int _callsLeft = int.MaxValue;
    private readonly Lock _lock = new();
    private bool _isCalled;

    /// <summary>True for a process that reaches nothing any more.</summary>
    public bool IsCut { get; init; }

    /// <summary>True from the call at which it stopped until it wakes.</summary>
    public bool IsStopped => _stopped.Task.IsCompleted;

    /// <summary>Completes when the process has stopped.</summary>
    public Task Stopped => _stopped.Task;

    /// <summary>True when the last work that was to be stopped was.</summary>
    public bool HasSlept { get; set; }

    /// <summary>Stops the process at a call, after so many others.</summary>
    /// <param name="isCalled">The store does this call, and only its answer waits until the process wakes.</param>
    public void StopAfter(int calls, bool isCalled)
    {
        lock (_lock)
        {
            _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
            (_callsLeft, _isCalled, HasSlept) = (calls, isCalled, false);
        }
    }

    /// <summary>Goes on, also when it has not stopped yet.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            _callsLeft = int.MaxValue;
            _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _wake?.TrySetResult();
            _wake = null;
        }
    }

    /// <summary>
    /// Null for a call that goes through now, else what it waits for, before it or after it. Throws when the shard is
    /// away.
    /// </summary>
    public (Task Wake, bool IsCalled)? Before(IEnumerable<string> keys)
    {
        foreach (var key in keys)
        {
            if (IsCut || away.Any(shard => key.StartsWith($"{{{shard}}}:", StringComparison.Ordinal)))
                throw new RedisConnectionException(
                    ConnectionFailureType.UnableToConnect, CommandFlags.None, $"Nobody reaches the server of {key}.", null,
                    CommandStatus.WaitingToBeSent);
        }
        // The product may make several calls at the same time.
        lock (_lock)
        {
            if (_callsLeft-- > 0)
                return null;
            var isCalled = _isCalled && !IsStopped;
            HasSlept = true;
            _stopped.TrySetResult();
            return (_wake!.Task, isCalled);
        }
    }
}

/// <summary>
/// A connection, or a database of it, whose calls with keys pass through the <see cref="SimulatedNetwork"/>. Public
/// because the runtime derives the proxy from it.
/// </summary>
public class SimulatedConnection : DispatchProxy
{
    private static readonly MethodInfo s_later =
        typeof(SimulatedConnection).GetMethod(nameof(Later), BindingFlags.NonPublic | BindingFlags.Static)!;

    private object _inner = null!;
    private SimulatedNetwork _network = null!;
    private IDatabase? _database;

    internal static IConnectionMultiplexer To(IConnectionMultiplexer store, SimulatedNetwork network) =>
        Wrap(store, network);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        var keys = args!.SelectMany(Keys).ToList();
        if (_inner is IConnectionMultiplexer store && targetMethod!.Name == nameof(IConnectionMultiplexer.GetDatabase))
            return _database ??= Wrap(store.GetDatabase(), _network);
        if (keys.Count == 0 || _network.Before(keys) is not { } stop)
            return Call(targetMethod!, args);
        var result = targetMethod!.ReturnType is { IsGenericType: true } type ? type.GetGenericArguments()[0] : typeof(bool);
        return s_later.MakeGenericMethod(result).Invoke(null, [stop.Wake, stop.IsCalled, (Func<object?>)(() => Call(targetMethod, args))]);
    }

    private static T Wrap<T>(T inner, SimulatedNetwork network) where T : class
    {
        var proxy = Create<T, SimulatedConnection>();
        ((SimulatedConnection)(object)proxy)._inner = inner;
        ((SimulatedConnection)(object)proxy)._network = network;
        return proxy;
    }

    private static async Task<T> Later<T>(Task wake, bool isCalled, Func<object?> call)
    {
        if (!isCalled)
            await wake;
        var answer = await (Task<T>)call()!;
        await wake;
        return answer;
    }

    private static IEnumerable<string> Keys(object? argument) => argument switch
    {
        RedisKey key => [key.ToString()],
        RedisKey[] keys => keys.Select(key => key.ToString()),
        _ => [],
    };

    private object? Call(MethodInfo method, object?[]? args) =>
        method.Invoke(_inner, BindingFlags.DoNotWrapExceptions, null, args, null);
}
