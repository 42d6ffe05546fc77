using Microsoft.Extensions.Options;
using RedPacket.Hosting;

namespace RedPacket.Demo;

/// <summary>Section <c>Demo</c>.</summary>
[Section("Demo")]
internal sealed class DemoSettings
{
    /// <summary>Listen on all addresses, and let phones join as users.</summary>
    public bool OpenToNetwork { get; set; }

    /// <summary>Reach RabbitMQ through a proxy that the fault broker-away can cut.</summary>
    public bool BrokerProxy { get; set; }

    /// <summary><c>&lt;point&gt;[:&lt;n&gt;]</c>: see <see cref="Demo.CrashAt"/>.</summary>
    public string? CrashAt { get; set; }

    /// <summary>Run the rooms of RedPacket.Subscribers inside the demo.</summary>
    public bool Subscribers { get; set; } = true;

    /// <summary>How wrong the clock of this process is.</summary>
    public TimeSpan ClockOffset { get; set; }

    /// <summary>
    /// Reads what is needed before there are services. A wrong value counts as absent here, and is refused later.
    /// </summary>
    public static DemoSettings Read(IConfiguration settings)
    {
        var options = new DemoSettings();
        new SettingsBinder<DemoSettings>(settings).Configure(options);
        return options;
    }
}

/// <summary>Section <c>RedPacket</c>: what only the demo has of it.</summary>
[Section("RedPacket")]
internal sealed class DataOptions
{
    /// <summary>The folder of embedded store and ledger.</summary>
    public string DataDirectory { get; set; } = "data";
}

internal sealed class DemoSettingsCheck : IValidateOptions<DemoSettings>
{
    public ValidateOptionsResult Validate(string? name, DemoSettings options) =>
        CrashAt.Mistake(options.CrashAt) is { } mistake ? ValidateOptionsResult.Fail(mistake) : ValidateOptionsResult.Success;
}
