using Microsoft.EntityFrameworkCore;

namespace Portal.Model;

/// <summary>
/// The data of all clients, under the jobs' database role, which also reaches what no page does: the search index, due
/// days, old sign-ins. For background work and its emails, never for requests; AccessTests checks it.
/// </summary>
public sealed class JobsDb(DbContextOptions<JobsDb> options) : ClientDataDb(options, budgets: null);
