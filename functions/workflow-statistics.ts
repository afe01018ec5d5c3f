// `statistics-workflow` and its activities; those that begin and end every run are in workflow-discovery.ts.
import { planStatistics } from '../src/operations/plan-statistics.ts';
import { readOwnerless } from '../src/operations/read-ownerless.ts';
import { readStatistics } from '../src/operations/read-statistics.ts';
import { statisticsWorkflow } from '../src/workflows/statistics-workflow.ts';
import { registerActivity, registerWorkflow } from './register.ts';

registerWorkflow('statistics-workflow', statisticsWorkflow);

registerActivity('statistics-plan', planStatistics);
registerActivity('statistics-read', readStatistics);
registerActivity('ownerless-read', readOwnerless);
