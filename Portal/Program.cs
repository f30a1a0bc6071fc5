using Microsoft.EntityFrameworkCore;
using Portal.Alerts;
using Portal.Api;
using Portal.Audit;
using Portal.Chat;
using Portal.Commands;
using Portal.Demos;
using Portal.Infrastructure;
using Portal.Jobs;
using Portal.Limits;
using Portal.Mail;
using Portal.Model;
using Portal.Sample;
using Portal.Webhooks;

var builder = WebApplication.CreateBuilder(args);
var services = builder.Services;

// Data
services.AddDatabases();
services.AddContext<PortalDb>(databases => databases.Portal, TenantWall.Instance);
services.AddScoped<Tenant>();
services.AddSingleton(TimeProvider.System);

// People
services.AddAccounts();
services.AddAudit();
services.AddPeople();
services.AddLimits();

// Chat
services.AddChat();
services.AddWebhooks();
services.AddMail();
services.AddAlerts();
services.AddDemos();
services.AddJobs();
services.AddSample();

// Web
services.AddPortalOptions();
services.AddPages();
services.AddProblemDetails();
services.AddExceptionHandler<DatabaseAwayHandler>();
services.AddWidgetApi();
services.AddAdminApi();
services.AddWidgetFiles();
services.AddProxies();
services.AddDraining();
services.AddTelemetry(builder.Configuration);
services.AddHealthChecks().AddCheck<DatabaseHealth>("database", tags: ["ready"]);

var app = builder.Build();

if (await Command.RunAsync(app, args) is { } exitCode)
{
    return exitCode;
}

if (!await app.CheckSettingsAsync())
{
    return 1;
}

app.UseProxies();
app.UseSecurityHeaders();
app.UsePublicAddress();
app.UseExceptionHandler("/error");
app.UseStatusCodePagesWithReExecute("/error", "?code={0}");
app.UseRequestRules();
app.UseWidgetFiles();
app.UsePlainFilesInDevelopment();
app.UseRouting();
app.UseTokenGuesses();
app.UseCors();
app.UseConversations();
app.UseAuthentication();
app.UseTenancy();
app.UseAuthorization();
app.UseStanding();
app.UseReadableForms();

app.MapPages();
app.MapWidgetApi();
app.MapCallbackApi();
app.MapAdminApi();
app.MapHealth();
app.UseJobs();

return await app.ServeAsync();
