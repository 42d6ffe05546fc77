using RedPacket.Comparison;
using RedPacket.Feed;
using RedPacket.Gate;
using RedPacket.Grabs;
using RedPacket.Hosting;
using RedPacket.Http;
using RedPacket.Http.Identity;
using RedPacket.Ledger;
using RedPacket.Operations;
using RedPacket.Outbox;
using RedPacket.Packets;
using RedPacket.Pages;
using RedPacket.Repairs;
using RedPacket.Reports;
using RedPacket.Settlement;
using RedPacket.Wallets;

namespace RedPacket;

/// <summary>Puts the rooms together, in the order in which the data goes through them.</summary>
internal static class RedPacketService
{
    private const int FewestThreads = 8;
    private const string UnwatchedFiles = "--hostBuilder:reloadConfigOnChange=false";

    /// <summary>
    /// Runs until it is stopped. A wrong setting, or an address or path that cannot be used, is a line with the remedy
    /// and exit code 1.
    /// </summary>
    /// <param name="before">What has to be there before it starts. Its faults are the caller's.</param>
    public static async Task<int> Run(string[] args, Action<WebApplicationBuilder>? arrange = null,
        Action<WebApplication>? map = null, Task? before = null)
    {
        try
        {
            KeepThreads();
            await using var app = Build(args, arrange);
            map?.Invoke(app);
            await (before ?? Task.CompletedTask);
            await app.StartAsync();
            await Banner.Print(app);
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception exception) when (exception != before?.Exception?.InnerException && StartError.Remedy(exception) is { } remedy)
        {
            await Console.Error.WriteLineAsync(remedy);
            return StartError.CodeOf(exception);
        }
    }

    /// <summary>The whole program, with the roles that the settings name.</summary>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? arrange = null)
    {
        // The content root is the program's folder, so that it can be started from anywhere.
        // No setting is read again, so no file is watched: a machine with many programs runs out of watches.
        var builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { Args = [.. args, UnwatchedFiles], ContentRootPath = AppContext.BaseDirectory });
        builder.AddLogs();
        builder.Services.AddSingleton(TimeProvider.System);
        arrange?.Invoke(builder);
        builder.AddHttpEdge();
        builder.Services.AddIdentity(builder.Configuration).AddApiDescription().AddPages();
        AddRooms(builder.Services, builder.Configuration, new ProcessRoles(builder.Configuration));
        builder.Services.AddMistakes(SettingNames.Unknown(builder.Configuration));
        var app = builder.Build();
        try
        {
            // Before anything is made from them.
            app.Services.CheckSettings();
            app.UseHttpEdge();
            app.UseSubscribersAddress();
            app.UseWrongAddressPage();
            MapRooms(app, app.Services.GetRequiredService<ProcessRoles>());
            return app;
        }
        catch
        {
            // Only this method knows it. Its collector of metrics would follow the meters of all later services in this process.
            app.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    // EF Core compiles queries, and SQLite reads, on threads of the pool. The pool begins with one thread per processor
    // and adds others slowly: on two processors two readers would delay every answer of Redis.
    private static void KeepThreads()
    {
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, FewestThreads), ports);
    }

    private static void AddRooms(IServiceCollection services, IConfiguration configuration, ProcessRoles roles)
    {
        services.AddPackets(configuration, roles.Names).AddOutbox(configuration);
        if (roles.Has(ProcessRoles.Settle) || roles.Has(ProcessRoles.Reconcile) || roles.Has(ProcessRoles.Announce))
            services.AddLedger(configuration)
                .AddSingleton(rooms => new LedgerCreation(() => rooms.GetRequiredService<PriorLedgerCheck>().WhyNoNewLedger()));
        else if (roles.Has(ProcessRoles.Grab))
            services.AddLedgerReading(configuration);
        // A process that answers no caller needs no key. The secret of all tokens should be in few places.
        if (!roles.Has(ProcessRoles.Grab) && !roles.Has(ProcessRoles.Reconcile))
            services.PostConfigure<JwtOptions>(jwt => jwt.Required = false);
        if (roles.Has(ProcessRoles.Grab))
            services.AddPacketCalls(configuration).AddGrabs(configuration);
        if (roles.Has(ProcessRoles.Relay))
            services.AddRelay(configuration);
        if (roles.Has(ProcessRoles.Settle))
            services.AddSettlement(configuration);
        if (!roles.Has(ProcessRoles.Settle) && BrokerSettings.Read(configuration).IsInMemory)
            services.AddMistakes(from role in (string[])[ProcessRoles.Relay, ProcessRoles.Announce]
                                 where roles.Has(role)
                                 select $"Without a broker the roles {role} and settle must be in one process: "
                                     + "add settle to RedPacket:Roles, or set ConnectionStrings:RabbitMq.");
        if (roles.Has(ProcessRoles.Reconcile))
            services.AddPacketKeeping().AddComparison(configuration).AddGateKeeping()
                .AddReports(configuration).AddRepairs(configuration).AddWallets(configuration)
                .AddFeed(configuration).AddHouse();
        if (roles.Has(ProcessRoles.Announce))
            services.AddAnnouncer(configuration);
        services.AddOperations(configuration).AddForwarding(configuration, roles);
    }

    private static void MapRooms(WebApplication app, ProcessRoles roles)
    {
        if (roles.Has(ProcessRoles.Grab))
        {
            app.MapPackets();
            app.MapGrabs();
        }

        if (roles.Has(ProcessRoles.Reconcile))
        {
            app.MapReports();
            app.MapRepairs();
            app.MapWallets();
            app.MapFeed();
            app.MapHouse();
        }

        app.MapOtherRoles();
        app.MapOperations();
        app.MapApiDescription();
        app.MapPages();
    }
}
