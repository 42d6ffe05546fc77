
namespace RedPacket.Tests.Contract;

/// <summary>The demo with all its embedded parts, as a separate process.</summary>
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

/// <summary>
/// Tests that share one demo run one after the other, so no other test changes the totals they compare.
/// </summary>
[CollectionDefinition(Name)]
public sealed class DemoTests : ICollectionFixture<DemoProcess>
{
    public const string Name = "Demo";
}
