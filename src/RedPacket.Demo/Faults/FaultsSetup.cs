using MassTransit;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.Options;
using RedPacket.Operations;
using RedPacket.Outbox;

namespace RedPacket.Demo.Faults;

/// <summary>Faults on demand. The deployed service contains none of this.</summary>
internal static class FaultsSetup
{
    /// <summary>Must be called before the rooms are added, because its sender replaces the relay's.</summary>
    public static void AddFaults(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        AddBrokerProxy(builder);
        services.AddSingleton<LedgerFile>().AddSingleton<DeliveryHold>();
        services.AddSingleton(CreateSender).AddSingleton<RelaySender>(provider => provider.GetRequiredService<FaultySender>());
        var roles = new ProcessRoles(builder.Configuration);
        services.Add<LedgerDown>("ledger-down", roles, ProcessRoles.Settle);
        services.Add<LedgerFailing>("ledger-failing", roles, ProcessRoles.Settle);
        services.Add<BrokerAway>("broker-away", roles, ProcessRoles.Relay);
        services.Add<WorkerHung>("worker-hung", roles, ProcessRoles.Settle);
        services.Add<DeliveriesTwice>("deliveries-twice", roles, ProcessRoles.Relay);
        services.Add<DeliveriesOutOfOrder>("deliveries-out-of-order", roles, ProcessRoles.Relay);
        services.Add<EntryLost>("entry-lost", roles, ProcessRoles.Relay);
        services.Add<ApiKilled>(ApiKilled.Name, roles, ProcessRoles.Grab);
        services.AddSingleton(provider => ProcessRestart.Cause() is { } cause
            ? new PreviousDeath(provider.GetServices<Fault>().FirstOrDefault(fault => fault.Id == cause.Fault), cause.At)
            : new PreviousDeath(null, default));
        services.AddSingleton<FaultScheduler>().AddHostedService(provider => provider.GetRequiredService<FaultScheduler>());
        services.AddSingleton(provider => new StagedFaults(provider.GetRequiredService<FaultScheduler>().Shown));
    }

    /// <summary>Lets faults hold deliveries. Must be called before the host starts.</summary>
    public static void UseFaults(this WebApplication app) =>
        app.Services.GetService<IBus>()?.ConnectConsumeObserver(app.Services.GetRequiredService<DeliveryHold>());

    private static void Add<TFault>(this IServiceCollection services, string id, ProcessRoles roles, string role) where TFault : Fault
    {
        if (roles.Has(role))
            services.AddSingleton<Fault, TFault>();
        else
            services.AddSingleton<Fault>(new UnavailableFault(id, role));
    }

    // The last source has the highest priority, so every reader of this setting gets the proxy. It is off by default,
    // because a proxy would distort measurements.
    private static void AddBrokerProxy(WebApplicationBuilder builder)
    {
        if (!DemoSettings.Read(builder.Configuration).BrokerProxy)
            return;
        if (BrokerProxy.Create(builder.Configuration.GetConnectionString("RabbitMq")) is not { } proxy)
            return;
        builder.Services.AddSingleton(_ => proxy);
        var setting = new Dictionary<string, string?> { ["ConnectionStrings:RabbitMq"] = proxy.ConnectionString };
        ((IConfigurationBuilder)builder.Configuration).Add(new MemoryConfigurationSource { InitialData = setting });
    }

    private static FaultySender CreateSender(IServiceProvider provider)
    {
        var broker = BrokerSettings.Read(provider.GetRequiredService<IConfiguration>());
        var options = provider.GetRequiredService<IOptions<OutboxOptions>>().Value;
        return new FaultySender(OutboxSetup.Bus<IRelayBus>(provider, broker), broker, options, provider.GetRequiredService<TimeProvider>());
    }
}

/// <summary>A fault that only a process with another role can stage.</summary>
internal sealed class UnavailableFault(string id, string role) : Fault
{
    public override string Id => id;

    public override string? UnavailableReason => $"This process does not have the role {role}.";

    public override Task End(bool early) => Task.CompletedTask;

    protected override Task Start(TimeSpan duration, CancellationToken cancellation) =>
        throw new InvalidOperationException(UnavailableReason);
}
