
namespace RedPacket.Tests.Contract;

/// <summary>The demo, embedded parts and all, as a process of its own.</summary>
public sealed class DemoProcess : IAsyncLifetime
{
    private readonly Folder _folder = new("demo");
    private readonly ServiceProcess _demo;

    public DemoProcess()
    {
        _demo = ServiceProcess.Demo(_folder);
        Api = new ApiClient(_demo.Address);
    }

    internal ApiClient Api { get; }

    /// <summary>Its last lines of output.</summary>
    public string Output => _demo.Output;

    /// <summary>Its process id.</summary>
    public int ProcessId => _demo.Id;

    /// <summary>True while it runs.</summary>
    public bool IsRunning => _demo.IsRunning;

    /// <summary>The ledger's file.</summary>
    public string DataDirectory => _folder.File("data");

    public async ValueTask InitializeAsync() => await _demo.Start();

    public ValueTask DisposeAsync()
    {
        Api.Dispose();
        _demo.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Tests that share one demo and run one after the other: what they compare before and after is theirs alone.</summary>
[CollectionDefinition(Name)]
public sealed class DemoTests : ICollectionFixture<DemoProcess>
{
    public const string Name = "Demo";
}
