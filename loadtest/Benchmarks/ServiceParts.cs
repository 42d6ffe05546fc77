using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RedPacket.Messages;
using StackExchange.Redis;

namespace RedPacket.LoadTest.Benchmarks;

/// <summary>
/// The service's own classes, put together by its own set-up. They are internal, and the service does not know its load tool: so they are found by name,
/// once, when the object is made, and a name that has changed is an error there. On a measured path there are delegates, and a call by reflection for each chunk of 1000.
/// </summary>
internal sealed class ServiceParts : IDisposable
{
    private static readonly Assembly s_service = typeof(Entry).Assembly;
    private readonly ServiceProvider _provider;

    /// <param name="settings">The service's settings, such as <c>ConnectionStrings:Redis</c>.</param>
    /// <param name="setups">Rooms to be set up, such as <c>Packets.PacketsSetup.AddPackets</c>.</param>
    public ServiceParts(IReadOnlyDictionary<string, string?> settings, params string[] setups)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Error));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IConfiguration>(configuration);
        foreach (var setup in setups)
        {
            var dot = setup.LastIndexOf('.');
            Method(Type(setup[..dot]), setup[(dot + 1)..]).Invoke(null, [services, configuration]);
        }
        _provider = services.BuildServiceProvider();
    }

    /// <summary>A class of the service, by its name below <c>RedPacket</c>.</summary>
    public static Type Type(string name) => s_service.GetType($"RedPacket.{name}") ?? throw new InvalidOperationException($"The service has no class RedPacket.{name} (any more).");

    /// <summary>A method of it, whoever may call it.</summary>
    public static MethodInfo Method(Type type, string name) =>
        type.GetMethod(name, BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
        ?? throw new InvalidOperationException($"{type} has no method {name} (any more).");

    /// <summary>An object of it.</summary>
    public static object Make(string type, params object?[] arguments) =>
        Activator.CreateInstance(Type(type), BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic, null, arguments, null)!;

    /// <summary>What a finished task of a type that cannot be named here has returned.</summary>
    public static object ResultOf(Task task) => task.GetType().GetProperty("Result")!.GetValue(task)!;

    /// <summary>One of the service's singletons.</summary>
    public object Get(string type) => _provider.GetRequiredService(Type(type));

    /// <summary>The grabs of a shard, as the endpoint hands them to the coalescer: shard, packet, user.</summary>
    public Func<int, string, string, Task> Grabs()
    {
        var coalescer = Get("Grabs.GrabCoalescer");
        return Method(coalescer.GetType(), "Grab").CreateDelegate<Func<int, string, string, Task>>(coalescer);
    }

    /// <summary>Pages of the outbox, as the relay reads them: shard, first, last, most.</summary>
    public Func<int, long, long, int, Task> OutboxPages()
    {
        var reader = Make("Outbox.OutboxReader", _provider.GetRequiredService<IConnectionMultiplexer>());
        return Method(reader.GetType(), "Read").CreateDelegate<Func<int, long, long, int, Task>>(reader);
    }

    /// <summary>The relay's message of a page that <see cref="OutboxPages"/> has read.</summary>
    public static Func<object, TransfersAccepted> Messages()
    {
        var sender = Make("Outbox.RelaySender", null, Type("Outbox.Broker").GetConstructor([typeof(Uri)])!.Invoke([null]), Make("Outbox.OutboxOptions"), TimeProvider.System);
        var message = Method(sender.GetType(), "Message");
        var page = Type("Outbox.OutboxPage");
        var (run, entries) = (page.GetProperty("Run")!, page.GetProperty("Entries")!);
        return of => (TransfersAccepted)message.Invoke(sender, [0, run.GetValue(of), entries.GetValue(of), null])!;
    }

    /// <summary>The ledger's only writer, started, which takes lines as one chunk; true when each of them was added.</summary>
    public Func<string[], Task<bool>> Recording()
    {
        var journal = Get("Ledger.Journal");
        Method(journal.GetType(), "Start").Invoke(journal, []);
        var record = Method(journal.GetType(), "Record");
        var (read, posting) = (Method(Type("Settlement.Postings"), "Read").CreateDelegate<Func<string, object?>>(), Type("Ledger.Posting"));
        return async lines =>
        {
            var postings = Array.CreateInstance(posting, lines.Length);
            for (var i = 0; i < lines.Length; i++)
                postings.SetValue(read(lines[i]), i);
            var chunk = Make("Ledger.Chunk", 0, postings, lines, 1L, 1L, null, false, null, false);
            var recorded = (Task)record.Invoke(journal, [chunk, CancellationToken.None])!;
            await recorded;
            // RecordOutcome.Inserted is its first value; the runtime takes an array of an enum for one of its numbers.
            return Array.TrueForAll((int[])ResultOf(recorded), outcome => outcome == 0);
        };
    }

    public void Dispose() => _provider.Dispose();
}
